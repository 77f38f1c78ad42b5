/// The section `metrics`.
enum MetricsSettings {
    /// Whether `/metrics`, which requires no key, includes tenant ids.
    static let tenants = Setting<Bool>.flag("metrics.tenants")

    static let all: [any AnySetting] = [tenants]
}
