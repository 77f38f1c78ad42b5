/// The marks by which the chat templates of open models tell roles, turns and tools apart. A server that tokenizes a prompt as
/// one text would take them for its own, wherever they stand.
///
/// Source: the published templates of Llama 2 to 4, Mistral, Gemma, Qwen, DeepSeek, Phi, Command R, Granite and gpt-oss.
enum ControlMarks {
    /// Names of tags, in lower case: `<s>`, `</s>`, `<start_of_turn>`, `<tool_call>` and the like.
    private static let tags: Set<String> = [
        "s", "bos", "eos", "pad", "unk", "mask", "sys", "system", "user", "assistant", "developer", "human", "model", "tool", "tools",
        "tool_call", "tool_calls", "tool_response", "tool_result", "tool_results", "tools_prompt", "function", "function_call",
        "function_calls", "function_results", "start_of_turn", "end_of_turn", "start_of_image", "think", "thinking", "bos_token",
        "eos_token", "instructions", "end_of_utterance",
    ]
    /// What stands in square brackets, in upper case.
    private static let squares: Set<String> = [
        "INST", "SYSTEM_PROMPT", "AVAILABLE_TOOLS", "TOOL_CALLS", "TOOL_RESULTS", "TOOL_CONTENT", "ARGS", "CALL_ID", "THINK", "IMG",
        "IMG_BREAK", "IMG_END",
    ]
    private static let longest = 20

    /// Whether what follows a `<` makes a mark: `|im_start|>`, `｜User｜>`, `<SYS>>`, `/s>`, `tool_call>`.
    static func opensAngled(_ following: ArraySlice<Unicode.Scalar>) -> Bool {
        // One invisible character between them makes no other mark to the reader, but does to the tokenizer.
        guard let first = following.first else { return false }
        if first == "|" || first == "\u{FF5C}" { return true }
        let name = name(following.drop { $0 == "<" || $0 == "/" })
        guard let end = name.end, end == ">" || end == " " || end == "=" || end == "/" else { return false }
        return tags.contains(name.text.lowercased())
    }

    /// Whether what follows a `[` makes a mark: `INST]`, `/INST]`.
    static func opensSquare(_ following: ArraySlice<Unicode.Scalar>) -> Bool {
        let name = name(following.first == "/" ? following.dropFirst() : following)
        return name.end == "]" && squares.contains(name.text.uppercased())
    }

    private static func name(_ scalars: ArraySlice<Unicode.Scalar>) -> (text: String, end: Unicode.Scalar?) {
        let letters = scalars.prefix(longest + 1).prefix { $0.isASCII && ($0.properties.isAlphabetic || $0 == "_") }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: letters)
        return (String(text), letters.endIndex < scalars.endIndex ? scalars[letters.endIndex] : nil)
    }
}
