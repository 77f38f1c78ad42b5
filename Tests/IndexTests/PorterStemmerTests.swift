import Index
import Testing

@Suite(.timeLimit(.minutes(10))) struct PorterStemmerTests {
    /// Examples from the paper, step by step as whole words go through all steps, and words from its author's vocabulary.
    static let pairs: [(String, String)] = [
        // 1a
        ("caresses", "caress"), ("ponies", "poni"), ("ties", "ti"), ("caress", "caress"), ("cats", "cat"),
        // 1b
        ("feed", "feed"), ("agreed", "agre"), ("plastered", "plaster"), ("bled", "bled"), ("motoring", "motor"),
        ("sing", "sing"), ("conflated", "conflat"), ("troubled", "troubl"), ("sized", "size"), ("hopping", "hop"),
        ("tanned", "tan"), ("falling", "fall"), ("hissing", "hiss"), ("fizzed", "fizz"), ("failing", "fail"),
        ("filing", "file"),
        // 1c
        ("happy", "happi"), ("sky", "sky"), ("syzygy", "syzygi"), ("yyyyyy", "yyyyyi"),
        // 2
        ("relational", "relat"), ("conditional", "condit"), ("rational", "ration"), ("valenci", "valenc"),
        ("hesitanci", "hesit"), ("digitizer", "digit"), ("conformabli", "conform"), ("radicalli", "radic"),
        ("differentli", "differ"), ("vileli", "vile"), ("analogousli", "analog"), ("vietnamization", "vietnam"),
        ("predication", "predic"), ("operator", "oper"), ("feudalism", "feudal"), ("decisiveness", "decis"),
        ("hopefulness", "hope"), ("callousness", "callous"), ("formaliti", "formal"), ("sensitiviti", "sensit"),
        ("sensibiliti", "sensibl"),
        // 3
        ("triplicate", "triplic"), ("formative", "form"), ("formalize", "formal"), ("electriciti", "electr"),
        ("electrical", "electr"), ("hopeful", "hope"), ("goodness", "good"),
        // 4
        ("revival", "reviv"), ("allowance", "allow"), ("inference", "infer"), ("airliner", "airlin"),
        ("gyroscopic", "gyroscop"), ("adjustable", "adjust"), ("defensible", "defens"), ("irritant", "irrit"),
        ("replacement", "replac"), ("adjustment", "adjust"), ("dependent", "depend"), ("adoption", "adopt"),
        ("homologou", "homolog"), ("communism", "commun"), ("activate", "activ"), ("angulariti", "angular"),
        ("homologous", "homolog"), ("effective", "effect"), ("bowdlerize", "bowdler"),
        // 5
        ("probate", "probat"), ("rate", "rate"), ("cease", "ceas"), ("controll", "control"), ("roll", "roll"),
        // Several steps at once
        ("generalizations", "gener"), ("oscillators", "oscil"), ("vaccinations", "vaccin"), ("cells", "cell"),
        ("university", "univers"), ("universe", "univers"), ("policies", "polici"), ("policy", "polici"),
        ("lying", "ly"), ("dying", "dy"), ("used", "us"), ("being", "be"), ("news", "new"), ("proteins", "protein"),
        // Where the paper and its author's later program differ: no "bli", no "logi".
        ("possibly", "possibli"), ("archaeology", "archaeologi"),
        // Too short to stem
        ("is", "is"), ("as", "as"), ("s", "s"), ("", ""),
    ]

    @Test(arguments: pairs) func stemsAsPublished(word: String, stem: String) {
        #expect(String(decoding: PorterStemmer.stem(Array(word.utf8)), as: UTF8.self) == stem)
    }

    @Test func anyLettersStemToAPrefixOfAboutTheirLength() {
        let letters = Array("aeiouybdlnstz".utf8)
        for length in 1...6 {
            var place = [Int](repeating: 0, count: length)
            for _ in 0..<3_000 {
                let word = place.map { letters[$0] }
                let stem = PorterStemmer.stem(word)
                #expect(!stem.isEmpty && stem.count <= word.count + 1)
                for i in place.indices {
                    place[i] = (place[i] + i * 2 + 1) % letters.count
                }
            }
        }
    }
}
