/// Removes the random part of the tags' names in a prompt: `<source-0123456789ab number="1">` becomes `<source number="1">`.
public func plainTags(_ prompt: String) -> String {
    prompt.replacing(/<(\/?)(source|context)-[0-9a-z]{12}/) { "<\($0.1)\($0.2)" }
}
