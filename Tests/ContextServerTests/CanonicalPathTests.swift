import ContextServer
import Testing

@Suite(.timeLimit(.minutes(10))) struct CanonicalPathTests {
    @Test func eachRouteHasOnePath() {
        for path in [
            "/", "/metrics", "/v1/documents/a%2Fb", "/v1/documents/%2E%2E", "/a?b=//../", "/v1/documents/...", "/mcp", "/mcp/", "/mcp/?a=b",
        ] {
            #expect(CanonicalPath.isCanonical(path), "\(path)")
        }
        for path in [
            "", "*", "//", "//metrics", "/metrics/", "/v1//documents", "/./metrics", "/v1/../metrics", "/..", "/.", "metrics", "?a",
            "/mcp//", "//mcp/", "/mcp/.", "/mcp/x/", "/api/mcp/ws/", "/MCP/", "/v1/search/", "/v1/models/",
        ] {
            #expect(!CanonicalPath.isCanonical(path), "\(path)")
        }
    }
}
