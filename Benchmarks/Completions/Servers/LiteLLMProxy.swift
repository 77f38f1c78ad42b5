import Foundation

/// LiteLLM's proxy with one worker, a master key, costs by token and a budget for the provider, which it keeps in memory. This works
/// without PostgreSQL; keys and spend per caller would need it.
final class LiteLLMProxy {
    static let conditions = "LiteLLM: one worker, master key, costs and provider budget in memory, no PostgreSQL"

    let target: Target
    private let child: ChildProcess
    private let folder: URL

    init(_ program: String, upstreamPort: Int) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "bench-litellm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "config.yaml")
        try Data(Self.settings(upstreamPort).utf8).write(to: file)
        let port = try ChildProcess.freePort()
        var environment = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "LANG", "TMPDIR"].contains($0.key) }
        // Fetch, report and log nothing.
        environment["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        environment["LITELLM_LOG"] = "ERROR"
        environment["DISABLE_ADMIN_UI"] = "True"
        environment["NO_DOCS"] = "True"
        child = try ChildProcess(
            program, ["--config", file.path, "--host", "127.0.0.1", "--port", "\(port)", "--num_workers", "1", "--telemetry", "False"],
            environment: environment, log: folder.appending(path: "proxy.log"))
        target = Target(name: "LiteLLM \(try Self.version(program))", port: port, key: "sk-bench", model: "bench")
        try child.wait(port: port, path: "/health/liveliness", seconds: 180)
    }

    private static func settings(_ upstreamPort: Int) -> String {
        """
        model_list:
          - model_name: bench
            litellm_params:
              model: openai/zero
              api_base: http://127.0.0.1:\(upstreamPort)/v1
              api_key: none
              input_cost_per_token: 0.000001
              output_cost_per_token: 0.000002
        general_settings:
          master_key: sk-bench
        litellm_settings:
          num_retries: 0
        router_settings:
          provider_budget_config:
            openai:
              budget_limit: 1000000000
              time_period: 30d

        """
    }

    private static func version(_ program: String) throws -> String {
        let python = URL(filePath: program).deletingLastPathComponent().appending(path: "python").path
        let text = try ChildProcess.output(
            python, ["-c", "import importlib.metadata as m; print(m.version('litellm'))"], environment: ProcessInfo.processInfo.environment)
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func stop() {
        child.stop()
        try? FileManager.default.removeItem(at: folder)
    }
}
