// Fills a data directory with very many tenants for `Benchmarks/scripts/many_tenants.py`, which then measures a server on it. The directory
// must already hold one document, whose model determines the model of the vectors.
import Catalog
import Foundation

guard let plan = FillPlan(Array(CommandLine.arguments.dropFirst())) else {
    FileHandle.standardError.write(Data((FillPlan.usage + "\n").utf8))
    exit(2)
}
let catalog = try CatalogStore(file: plan.directory.catalog)
guard let model = try await catalog.modelsInUse().first else {
    FileHandle.standardError.write(Data("bench-tenants: \(plan.directory.url.path) contains no document\n".utf8))
    exit(1)
}
let keys = try await TenantFill(plan: plan, catalog: catalog, model: model).run()
let encoder = JSONEncoder()
encoder.outputFormatting = [.sortedKeys]
print(String(decoding: try encoder.encode(keys), as: UTF8.self))
