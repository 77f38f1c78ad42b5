import CommandSupport
import Foundation
import TestSupport
import Testing

/// The configuration file, the environment and the flags.
@Suite(.timeLimit(.minutes(10))) struct ConfigurationTests {
    @Test func aVariableThatNothingReadsIsTold() async throws {
        let folder = try TestPaths.scratch("variables")
        let variables = [
            "CONTEXTD_DATADIR": "/nowhere", "CONTEXTD_EMBEDING_PRECISON": "int8", "CONTEXTD_SOMETHING_ELSE": "secret-value",
            "CONTEXTD_KEYS": "x", "CONTEXTD_UPSTREAM_PROVIDER_KEY": "sk-secret", "CONTEXTD_EMPTY": "", "CONTEXTD_LOG_LEVEL": "error",
            "CONTEXTD_METRICS_TENANTS": "true",
        ]
        let result = try await CommandLineTool.run(["tenant", "list", "--data-dir", folder.path], variables: variables)
        #expect(
            result.status == 0
                && result.errors == """
                    contextd: warning: unknown environment variable CONTEXTD_DATADIR; did you mean CONTEXTD_DATA_DIR?
                    contextd: warning: unknown environment variable CONTEXTD_EMBEDING_PRECISON; did you mean CONTEXTD_EMBEDDING_PRECISION?
                    contextd: warning: unknown environment variable CONTEXTD_KEYS; did you mean CONTEXTD_KEY?
                    contextd: warning: unknown environment variable CONTEXTD_SOMETHING_ELSE

                    """,
            "\(result)")
    }

    private struct Place {
        let folder: URL
        var file: URL { folder.appending(path: "settings.json") }

        init() async throws {
            folder = try TestPaths.scratch("configuration")
            _ = try await CommandLineTool.run(["tenant", "create", "t", "--data-dir", folder.path])
        }

        func write(_ text: String, to name: String = "settings.json") throws {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }

        /// Runs a search, which has to open the model; only the test's arguments name a model.
        func search(_ options: [String] = [], environment: [String: String] = [:]) async throws -> CommandResult {
            let arguments = ["search", "x", "--tenant", "t", "--data-dir", folder.path, "--json"] + options
            return try await CommandLineTool.run(arguments, variables: ["CONTEXTD_MODEL_DIR": ""].merging(environment) { $1 })
        }
    }

    static let wrongFiles: [(text: String, says: String)] = [
        (#"{"embedding": {"precison": "int8"}}"#, "embedding.precison is not a setting; did you mean embedding.precision?"),
        (#"{"embeding": {"model": "x"}}"#, "embeding is not a setting"),
        (#"{"embedding": {"batch_texts": "many"}}"#, #"embedding.batch_texts must be an integer from 1 to 2048, got "many""#),
        (#"{"embedding": {"batch_texts": 0}}"#, "embedding.batch_texts must be an integer from 1 to 2048, got 0"),
        (#"{"embedding": {"batch_texts": 1.5}}"#, "embedding.batch_texts"),
        (#"{"embedding": {"dimension": 99999999999999999999}}"#, "embedding.dimension"),
        (#"{"embedding": {"timeout_seconds": -1}}"#, "embedding.timeout_seconds must be a number"),
        (#"{"embedding": {"provider": "sk-1234567890"}}"#, #"embedding.provider must be one of local, openai"#),
        (#"{"embedding": {"sk-1234567890": 1}}"#, #"a name that looks like an API key is not a setting"#),
        (#"{"embedding": {"provider": "cloud"}}"#, #"embedding.provider must be one of local, openai, got "cloud""#),
        (#"{"embedding": {"precision": "int4"}}"#, "embedding.precision must be one of float32, int8"),
        (#"{"embedding": {"model": {"name": "x"}}}"#, "embedding.model must be a string"),
        (#"{"embedding": "int8"}"#, "embedding must be an object"),
        (#"{"index": {"memory": "lots"}}"#, "index.memory must be a size of at least 1048576 bytes"),
        (#"{"index": {"memory": "9999999999999TB"}}"#, "index.memory"), (#"{"index": {"memory": true}}"#, "index.memory"),
        (#"{"index": {"memory": "512MB"}, "index.memory": 1}"#, "index.memory is set twice"), ("[]", "must contain a JSON object"),
        ("{\n\"index\": {\n\"memory\": oops}}", "line 3"), ("", "line 1"), (#"{"a\nb": 1}"#, "is not a setting"),
        (String(repeating: #"{"embedding":"#, count: 100), "settings.json"),
        (#"{"completions": {"model": "x"}}"#, "completions.model is not a setting; did you mean completions.models?"),
        (#"{"completions": {"models": ["x"]}}"#, "completions.models must be an object that maps names to models"),
    ]

    @Test func aWrongFileIsOneLineThatNamesFileAndSetting() async throws {
        let place = try await Place()
        for (text, says) in Self.wrongFiles {
            try place.write(text)
            let result = try await place.search(["--config", place.file.path])
            #expect(result.status == 2 && result.output.isEmpty, "\(text): \(result)")
            #expect(result.errors.split(separator: "\n").count == 1 && result.errors.contains(place.file.path), "\(result.errors)")
            #expect(result.errors.contains(says), "\(text): \(result.errors)")
        }
        for path in ["/does/not/exist.json", place.folder.path] {
            let result = try await place.search(["--config", path])
            #expect(result.status == 2 && result.errors.contains(path) && result.errors.contains("cannot be read"), "\(result)")
        }
    }

    @Test func wrongFlagsAndVariablesAreNamedToo() async throws {
        let place = try await Place()
        for (flag, says) in [
            ("embedding.batch_texts=x", "--set embedding.batch_texts must be"),
            ("embedding.concurency=2", "did you mean embedding.concurrency?"),
            ("nothing", "NAME=VALUE"), ("=", "is not a setting"), ("index.memory=", "--set index.memory must be"),
        ] {
            let result = try await place.search(["--set", flag])
            #expect(result.status == 2 && result.errors.contains(says), "\(flag): \(result)")
        }
        let result = try await place.search(environment: ["CONTEXTD_INDEX_MEMORY": "much"])
        #expect(
            result.status == 2 && result.errors.contains(#"CONTEXTD_INDEX_MEMORY must be"#) && result.errors.contains("much"), "\(result)")
    }

    /// The folder in the error shows which setting took precedence.
    @Test func aFlagBeforeTheEnvironmentBeforeTheFile() async throws {
        let place = try await Place()
        try place.write(#"{"embedding": {"model": "in-the-file"}, "index": {"memory": "512MiB"}}"#, to: "contextd.json")
        try place.write(#"{"embedding": {"model": "/in/another/file"}}"#)
        let variable = ["CONTEXTD_EMBEDDING_MODEL": "/in/the/environment"]
        let runs: [(options: [String], environment: [String: String], wins: String)] = [
            // A relative path in the file is resolved against the file's folder.
            ([], [:], "\(place.folder.path)/in-the-file"), ([], variable, "/in/the/environment"),
            (["--set", "embedding.model=/in/a/flag"], variable, "/in/a/flag"),
            (["--set", "embedding.model=/first", "--set", "embedding.model=/second"], [:], "/second"),
            (["--config", place.file.path], [:], "/in/another/file"), ([], ["CONTEXTD_CONFIG": place.file.path], "/in/another/file"),
            ([], ["CONTEXTD_EMBEDDING_MODEL": ""], "\(place.folder.path)/in-the-file"),
            (["--model-dir", "/by/its/own/flag"], variable, "/by/its/own/flag"),
            ([], variable.merging(["CONTEXTD_MODEL_DIR": "/by/its/own/variable"]) { $1 }, "/by/its/own/variable"),
            (["--set", "embedding.model=/in/a/flag"], ["CONTEXTD_MODEL_DIR": "/by/its/own/variable"], "/in/a/flag"),
        ]
        for run in runs {
            let result = try await place.search(run.options, environment: run.environment)
            #expect(result.status == 1 && result.errors.contains(run.wins), "\(run): \(result)")
        }
        let works = try await place.search(["--set", "embedding.model=\(TestPaths.model.path)"])
        #expect(works.status == 0, "\(works)")
    }

    @Test func whatTheProviderNeedsIsAskedFor() async throws {
        let place = try await Place()
        let remote = ["--set", "embedding.provider=openai"]
        let named = remote + ["--set", "embedding.model=m"]
        let runs: [(options: [String], says: String)] = [
            (remote, "embedding.model"), (named + ["--set", "embedding.base_url=api.openai.com"], "embedding.base_url"),
            (named + ["--model-dir", "/x"], "--model-dir"), (named + ["--set", "embedding.api_key_env=CONTEXTD_NOT_SET"], "not set"),
            (named + ["--set", "embedding.api_key_file=/does/not/exist"], "cannot be opened"),
            (named + ["--set", "embedding.api_key_env=HOME", "--set", "embedding.api_key_file=/x"], "set only one of"),
        ]
        for run in runs {
            let result = try await place.search(run.options)
            #expect(result.status == 2 && result.errors.contains(run.says), "\(run): \(result)")
            #expect(result.errors.split(separator: "\n").count == 1)
        }
    }

    @Test func aKeyThatStandsWhereItShouldNotIsRefusedAndNotRepeated() async throws {
        let place = try await Place()
        let key = "sk-verysecret0123"
        let remote = [
            "--set", "embedding.provider=openai", "--set", "embedding.model=m", "--set", "embedding.base_url=http://127.0.0.1:1/v1",
        ]
        let flags = [
            "embedding.api_key=\(key)", "embedding.api_key_env=\(key)", "embedding.api_key_env=verysecret", "embedding.api_key_file=\(key)",
            "embedding.base_url=http://user:\(key)@host/", "embedding.base_url=http://host/?key=\(key)", "embedding.base_url=\(key)",
        ]
        for flag in flags {
            let result = try await place.search(remote + ["--set", flag])
            #expect(result.status == 2 && !result.errors.contains("verysecret"), "\(flag): \(result)")
            let (name, value) = (flag.prefix { $0 != "=" }.dropFirst("embedding.".count), flag.drop { $0 != "=" }.dropFirst())
            try place.write(#"{"embedding": {"provider": "openai", "model": "m", "\#(name)": "\#(value)"}}"#)
            let file = try await place.search(["--config", place.file.path])
            #expect(file.status == 2 && !file.errors.contains("verysecret"), "\(flag): \(file)")
        }
        let told = try await place.search(["--set", "embedding.api_key=\(key)"])
        #expect(told.errors.contains("embedding.api_key_env") && told.errors.contains("embedding.api_key_file"), "\(told)")
    }
}
