package import Completions
import Failure

/// A tenant's defaults for calls: its models, and its retrieval options.
package struct CallDefaults: Sendable {
    private let models: ModelView
    private let options: RetrievalDefaults

    package init(tenant id: String, models: ChatModels = ChatModels(), retrieval: RetrievalPolicy) {
        (self.models, options) = (models[tenant: id], retrieval[tenant: id])
    }

    /// Retrieval options of a call that sets none.
    var retrieval: ChatCall.Retrieval { options.retrieval }

    /// Returns the tenant's model of that name, or its default model.
    ///
    /// - Throws: `Failure` if the tenant has no such model, even if other tenants do.
    func model(_ name: String?) throws(Failure) -> ChatModels.Model {
        guard let model = name.map({ models[$0] }) ?? models.defaultModel else {
            let names = models.listed.prefix(20).map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw Failure(
                .notFound, code: "model_not_found", "unknown model; available models: \(names)", field: "model")
        }
        return model
    }

    /// Returns whether a call without retrieval options uses retrieval. An unknown model is reported when the answer starts.
    ///
    /// - Parameter unset: whether it does if the tenant's defaults do not say.
    func usesRetrieval(_ model: String?, unset: Bool) -> Bool {
        (try? self.model(model))?.needsSources ?? false || options.isEnabled ?? unset
    }
}
