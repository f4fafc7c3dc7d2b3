import Foundation
import JSON
import Tensors

/// A network of the catalogue with the weights of a file.
///
/// A safetensors file whose metadata say what it holds:
///
/// | metadata | content |
/// |---|---|
/// | `weir.model` | the name, as `SensorNet` |
/// | `weir.options` | optional, options that differ from the published ones, as `{"inputs": 6, "classes": 5}` |
/// | `weir.labels` | optional, the names of the classes in order, as `["walking", "standing"]` |
///
/// The tensors have the names of the network's `state_dict`; parts that are numbers may be missing where that is
/// not ambiguous, so that the weights of ordinary networks load. Adapters are fused (``Adapter``).
public struct LoadedModel: Sendable {
    /// The network, compiled.
    public let plan: Plan
    /// The names of the classes in the order of the outputs; none when the file gives none.
    public let labels: [String]
    /// The number of frames of the clips that the network was published for; nil when there is no such
    /// number.
    public let clip: Int?

    /// The largest file that is read, many times what the largest network of the catalogue has.
    public static let byteLimit = 1 << 30

    /// Loads a file.
    ///
    /// - Parameter withoutHead: whether to end with the features before the last linear layer.
    /// - Throws: ``ContinualError`` or `SafetensorsError` that says what is wrong with the file.
    public init(path: String, withoutHead: Bool = false) throws {
        let file = try Safetensors(path: path, limit: Self.byteLimit)
        try self.init(file: file, path: path, withoutHead: withoutHead)
    }

    init(file: Safetensors, path: String, withoutHead: Bool) throws {
        do {
            guard let name = file.metadata["weir.model"] else {
                throw ContinualError(
                    .model,
                    "its metadata have no weir.model, the name of a network; there are \(ModelCatalogue.entries.map(\.name).joined(separator: ", "))"
                )
            }
            let options: [String: Int] =
                try Self.decoded("weir.options", file.metadata, "a JSON object of integers") ?? [:]
            labels = try Self.decoded("weir.labels", file.metadata, "a JSON array of texts") ?? []
            let model = try ModelCatalogue.model(name, options: options, withoutHead: withoutHead)
            clip = model.clip
            if let classes = model.classes, !labels.isEmpty, labels.count != classes {
                throw ContinualError(
                    .model,
                    "weir.labels names \(labels.count) classes, \(name) has \(classes) outputs; see weir.options"
                )
            }
            guard Set(labels).count == labels.count else {
                throw ContinualError(.model, "weir.labels names a class twice")
            }
            plan = try model.plan(file.tensors, name: try ModelCatalogue.entry(name).name)
        } catch let error as ContinualError {
            throw ContinualError(error.code, "\(path): \(error.message)")
        }
    }

    private static func decoded<Value: Decodable>(
        _ key: String, _ metadata: [String: String], _ form: String
    ) throws -> Value? {
        guard let text = metadata[key] else { return nil }
        do {
            return try JSONText.decoded(Value.self, from: text)
        } catch {
            throw ContinualError(.model, "\(key) should be \(form), not \(text.prefix(200))")
        }
    }
}
