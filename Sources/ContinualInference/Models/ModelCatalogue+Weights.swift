import Tensors

extension ModelCatalogue.Model {
    /// Compiles the network with the weights of a file. Adapters are fused (``Adapter``).
    ///
    /// - Throws: ``ContinualError`` when a weight is missing or of another shape.
    public func plan(_ tensors: [String: TensorData], name: String) throws -> Plan {
        try Plan(network, input: input, weights: .tensors(try Adapter.fused(tensors)), name: name)
    }
}
