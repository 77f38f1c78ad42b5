"""Generates clients from a running contextd's OpenAPI document, and uses them against it.

    openapi_clients.py --url http://127.0.0.1:8080 --key KEY --out FOLDER

Python (two generators) and TypeScript clients upload, read, search, list, and meet an error. Swift is type-checked and Java is
parsed: what their code imports is not in the registries that this script uses. A generator's messages must be among those below.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.request

from checks import check, finish

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = pathlib.Path(sys.executable).parent

# Messages of openapi-generator that say nothing of the document.
KNOWN = {
    r"OpenAPI 3\.1 support is still in beta": "each run says so of any document in 3.1",
    r"Failed to get the schema name: null": "said of any body that is text or bytes, such as the import's",
    r"From \(reserved word\) cannot be used as model name": "the parameter `from` of /v1/usage, in Python",
    r"Ignoring complex example on request body": "the Java generator prints no examples in JSON",
}
# Errors of javac about packages that are not here. Those about the client's own would name org.openapitools.client.
MISSING = re.compile(r"package (?!org\.openapitools\.client)[\w.]+ does not exist|cannot find symbol|static import only|cannot be converted|"
                     r"does not override|incompatible types|cannot access|annotation type")


def run(name, command, **options):
    """Runs a command and returns its output; fails with the output's end if the command failed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=900, **options)
    output = done.stdout + done.stderr
    check(name, done.returncode == 0, output[-3000:])
    return output


def generate(document, out, generator, *options):
    folder = out / generator
    output = run(f"{generator}: generates", [TOOLS / "openapi-generator-cli", "generate", "-g", generator, "-i", document, "-o", folder, *options])
    said = [line for line in output.splitlines() if re.search(r"\b(WARN|ERROR)\b|Exception in", line)]
    check(f"{generator}: no message", all(any(re.search(known, line) for known in KNOWN) for line in said), "\n".join(said))
    return folder


def check_python(document, out, arguments):
    folder = generate(document, out, "python")
    environment = os.environ | {"PYTHONPATH": str(folder)}
    print(run("python: works", [sys.executable, HERE / "openapi_python.py", *arguments], env=environment), end="")


def check_python_client(document, out, arguments):
    folder = out / "contextd_client"
    environment = os.environ | {"PATH": f"{TOOLS}:{os.environ['PATH']}"}
    output = run("openapi-python-client: generates", [
        TOOLS / "openapi-python-client", "generate", "--path", document, "--output-path", folder, "--meta", "none",
        "--config", HERE / "openapi-python-client.yaml"], env=environment)
    check("openapi-python-client: no message", not re.search(r"(?i)warning|error", output), output)
    environment = os.environ | {"PYTHONPATH": str(out)}
    print(run("openapi-python-client: works", [sys.executable, HERE / "openapi_attrs.py", *arguments], env=environment), end="")


def check_typescript(document, out, arguments):
    folder = generate(document, out, "typescript-fetch")
    # The generator writes imports without `.ts`, and code for compilers without `strict`.
    (folder / "deno.json").write_text(json.dumps({
        "compilerOptions": {"lib": ["dom", "dom.iterable", "esnext", "deno.window"], "strict": False, "noImplicitOverride": False},
        "unstable": ["sloppy-imports"]}))
    shutil.copy(HERE / "openapi_typescript.ts", folder / "main.ts")
    options = ["--no-remote", "--config", folder / "deno.json"]
    run("typescript-fetch: compiles", [TOOLS / "deno", "check", *options, folder / "main.ts"])
    print(run("typescript-fetch: works", [
        TOOLS / "deno", "run", *options, "--no-check", "--allow-net", folder / "main.ts", *arguments]), end="")


def check_swift(document, out, arguments):
    folder = generate(document, out, "swift6")
    if not shutil.which("swiftc"):
        print("skipped  swift6: swiftc is not installed")
        return
    run("swift6: compiles", ["swiftc", "-typecheck", "-swift-version", "6", "-parse-as-library", *sorted(folder.glob("Sources/**/*.swift"))])


def check_java(document, out, arguments):
    folder = generate(document, out, "java")
    if not shutil.which("javac"):
        print("skipped  java: javac is not installed")
        return
    sources = sorted(folder.glob("src/main/java/**/*.java"))
    done = subprocess.run(["javac", "-proc:none", "-Xmaxerrs", "100000", "-d", str(folder / "classes"), *map(str, sources)],
                          capture_output=True, text=True, timeout=900)
    errors = [line for line in done.stderr.splitlines() if ": error: " in line]
    own = [line for line in errors if not MISSING.search(line)]
    check("java: parses, and lacks no class of its own", not own, "\n".join(own[:20]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    document = options.out / "openapi.json"
    with urllib.request.urlopen(options.url + "/openapi.json", timeout=30) as response:
        document.write_bytes(response.read())

    def body():
        run("the document is valid", [TOOLS / "openapi-spec-validator", document])
        for step in [check_python, check_python_client, check_typescript, check_swift, check_java]:
            step(document, options.out, [options.url, options.key])

    return finish(body)


if __name__ == "__main__":
    sys.exit(main())
