/// The section `metrics`.
enum MetricsSettings {
    /// Whether `/metrics`, which takes no key, tells tenants' ids.
    static let tenants = Setting<Bool>.flag("metrics.tenants")

    static let all: [any AnySetting] = [tenants]
}
