/// The section `usage`.
enum UsageSettings {
    /// Retention time of usage records, in days.
    static let retentionDays = Setting<Int>.integer("usage.retention_days", in: 1...36_500)

    static let all: [any AnySetting] = [retentionDays]
}
