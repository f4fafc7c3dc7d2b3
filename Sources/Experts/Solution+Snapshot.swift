import Memory
import Tensors

extension Solution {
    /// All that is no tensor. The experts' numbers stand beside what is of all of them.
    struct Manifest: Codable {
        let combination: Combination
        let immediate: Combination
        let familiarity: Familiarity?
        let weights: [Int]
        let number: Int
        let expertNumbers: [String: KeptNumbers]

        private enum CodingKeys: CodingKey, CaseIterable {
            case combination, immediate, familiarity, weights, number
        }

        private struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(_ name: String) { stringValue = name }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue _: Int) { nil }
        }

        /// The manifest of a solution.
        init(_ solution: Solution, expertNumbers: [String: KeptNumbers]) {
            combination = solution.combination
            immediate = solution.immediate
            familiarity = solution.familiarity
            weights = solution.weights
            number = solution.number
            self.expertNumbers = expertNumbers
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            combination = try container.decode(Combination.self, forKey: .combination)
            immediate = try container.decode(Combination.self, forKey: .immediate)
            familiarity = try container.decodeIfPresent(Familiarity.self, forKey: .familiarity)
            weights = try container.decode([Int].self, forKey: .weights)
            number = try container.decode(Int.self, forKey: .number)
            let others = try decoder.container(keyedBy: Name.self)
            var expertNumbers: [String: KeptNumbers] = [:]
            for name in others.allKeys where CodingKeys(stringValue: name.stringValue) == nil {
                expertNumbers[name.stringValue] = try others.decode(KeptNumbers.self, forKey: name)
            }
            self.expertNumbers = expertNumbers
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(combination, forKey: .combination)
            try container.encode(immediate, forKey: .immediate)
            try container.encodeIfPresent(familiarity, forKey: .familiarity)
            try container.encode(weights, forKey: .weights)
            try container.encode(number, forKey: .number)
            var others = encoder.container(keyedBy: Name.self)
            for (name, numbers) in expertNumbers { try others.encode(numbers, forKey: Name(name)) }
        }
    }

    /// What a snapshot keeps: all that is no tensor, and tensors whose names begin with `prefix`.
    func kept(_ prefix: String) -> (manifest: Manifest, tensors: [String: TensorData]) {
        var parts = KeptParts(prefix: prefix)
        for expert in experts { expert?.keep(in: &parts) }
        return (Manifest(self, expertNumbers: parts.numbers), parts.file.tensors)
    }

    /// A solution as a snapshot kept it.
    ///
    /// - Parameter statistics: as they were learned.
    /// - Throws: ``MemoryError`` or `SafetensorsError` when the parts do not fit each other or the configuration.
    init(
        restoring snapshot: Safetensors, _ prefix: String, _ manifest: Manifest,
        _ statistics: inout Statistics, _ settings: ExpertSettings
    ) throws {
        self.init(settings)
        guard manifest.combination.weights.count == experts.count,
            manifest.immediate.weights.count == experts.count,
            manifest.familiarity.map({ $0.means.count == experts.count }) ?? true,
            manifest.weights.count <= statistics.weights.count
        else { throw MemoryError(.snapshot, "the snapshot has weights of other experts than are configured") }
        combination = manifest.combination
        immediate = manifest.immediate
        familiarity = manifest.familiarity
        weights = manifest.weights
        number = manifest.number
        let parts = KeptParts(prefix: prefix, file: snapshot, numbers: manifest.expertNumbers)
        experts = try settings.ensemble.experts.map {
            try $0.type.restored(from: parts, &statistics, settings)
        }
    }
}
