import ArgumentParser
import Logging
import Tenancy

/// The options of the commands that open the data directory.
struct RuntimeOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var settings: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    /// Returns the validated settings; opens nothing.
    func load() throws -> RuntimeSettings { try RuntimeSettings(settings.load(directory: common.directory), model: model) }

    /// Opens the data directory, runs `body` in the tenant's scope, and closes the directory.
    ///
    /// - Parameter settings: the settings, if the command has loaded them already.
    func withRuntime<Value>(
        _ settings: RuntimeSettings? = nil, of tenant: TenantID, _ body: (Runtime, TenantScope) async throws -> Value
    ) async throws -> Value {
        let runtime = try await Runtime(
            directory: common.directory, catalogFile: try common.catalogFile(), settings: try settings ?? load(),
            logger: logging.start(default: .warning))
        let advice = "; create it with `contextd tenant create \(tenant)`"
        return try await runtime.closing { try await body($0, $0.catalog.existingScope(of: tenant, advice: advice)) }
    }
}

/// The options of the commands that work on one tenant, in the data directory or through a running server.
struct TenantOptions: ParsableArguments {
    @OptionGroup var local: RuntimeOptions
    @OptionGroup var server: ServerOptions
    @Option(help: "Tenant id; ignored with --server, where the key determines it.", transform: TenantID.argument) var tenant: TenantID?

    func validate() throws {
        if server.server == nil { _ = try namedTenant() }
    }

    /// Opens the data directory, runs `body` in the tenant's scope, and closes the directory.
    func withRuntime<Value>(
        _ settings: RuntimeSettings? = nil, _ body: (Runtime, TenantScope) async throws -> Value
    ) async throws -> Value {
        try await local.withRuntime(settings, of: namedTenant(), body)
    }

    private func namedTenant() throws -> TenantID {
        guard let tenant else { throw ValidationError("--tenant ID is required without --server") }
        return tenant
    }
}
