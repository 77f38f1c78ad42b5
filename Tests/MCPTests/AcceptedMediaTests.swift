import MCP
import TestSupport
import Testing

/// The qualities that `Accept` gives media types.
@Suite(.timeLimit(.minutes(5))) struct AcceptedMediaTests {
    @Test(arguments: [
        ([], 1000), ([""], 1000), ([" , "], 1000), (["*/*"], 1000), (["*"], 1000), (["application/json"], 1000),
        (["APPLICATION/Json"], 1000),
        (["application/*;q=0.5"], 500), (["application/json; charset=utf-8"], 1000), (["text/html, application/json;q=0.25"], 250),
        (["text/html", "application/json;Q=0.1"], 100), (["text/html"], 0), (["application/jsonx"], 0), (["application/jso"], 0),
        (["application"], 0), (["json"], 0), (["text/*"], 0), (["application/json;q=0"], 0), (["application/json;q=0.000"], 0),
        (["*/*, application/json;q=0"], 0), (["application/json;q=0, */*"], 0), (["application/*;q=0, application/json"], 1000),
        (["*/*;q=0.9, application/*;q=0"], 0), (["application/json;q=0, application/json"], 1000),
        (["text/html, image/gif, *; q=.2, */*; q=.2"], 200), (["application/json;q=1.000"], 1000), (["application/json;q=7"], 1000),
        (["application/json;q=0.0001"], 1), (["application/json;q=x"], 0), (["application/json;q=-1"], 0), (["application/json;q="], 0),
        (["application/json;q=x, */*;q=0.3"], 300), (["application/json;a=\"x,y;q=0\";q=0.5"], 500),
        (["text/html;a=\"application/json\""], 0), (["text/html;a=\"\\\", application/json"], 0), (["application/json ; q = 0.5"], 500),
        (["application/problem+json"], 0), (["/"], 0), (["*/json"], 0), ([";q=0.5"], 0), (["application/json;;q=0.5"], 500),
        (["\tapplication/json\t"], 1000),
    ])
    func theMostSpecificRangeDecides(values: [String], quality: Int) {
        #expect(AcceptedMedia(values).quality(of: "application/json") == quality, "\(values)")
        #expect(AcceptedMedia(values).accepts("application/json") == (quality > 0), "\(values)")
    }

    @Test(arguments: ["a/b,", "application/json;q=0.5,", ",", ";", "\"", "*/*;", "application/json ;a=\"b\\", " ", "q=", "a/b;c=d;"])
    func timeIsLinear(piece: String) {
        let growth = Growth.ofEightfold(making: { String(repeating: piece, count: $0) }) {
            _ = AcceptedMedia([$0]).quality(of: "application/json")
        }
        #expect(growth < 24, "\(growth)")
    }
}
