/// The version that all interfaces report.
public enum ContextdVersion {
    public static let current = "0.1.0"
}
