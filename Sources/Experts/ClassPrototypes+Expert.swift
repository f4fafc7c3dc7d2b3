import Memory
import Tensors

extension ClassPrototypes: Expert {
    /// They are made from exemplars.
    static let needs: StatisticsNeeds = []

    static func fit(_ statistics: inout Statistics, _: ExpertSettings) -> ClassPrototypes? {
        ClassPrototypes(statistics.exemplars, scale: statistics.frozen.scale)
    }

    func score(
        _ input: ExpertInput, codes _: UnsafeBufferPointer<UInt16>, memory _: Bottleneck,
        into scores: UnsafeMutableBufferPointer<Float>
    ) {
        score(input, into: scores)
    }

    func leaveOut(
        _ trial: Trial, _ input: ExpertInput, _: Statistics, memory _: Bottleneck,
        scores: UnsafeMutableBufferPointer<Float>
    ) {
        leaveOut(classIndex: trial.classIndex, place: trial.place, input, scores: scores)
    }

    func keep(in parts: inout KeptParts) {
        let (sums, classes, assignments) = self.parts
        parts["prototypes"] = TensorData(sums, shape: [classes.count, sums.count / max(1, classes.count)])
        parts["prototypeClasses"] = TensorData(classes, shape: [classes.count])
        parts.numbers["prototypeAssignments"] = .lists(assignments)
    }

    static func restored(
        from parts: KeptParts, _: inout Statistics, _ settings: ExpertSettings
    ) throws -> ClassPrototypes? {
        guard let assignments = parts.numbers["prototypeAssignments"]?.lists else { return nil }
        let sums = try parts.tensor("prototypes").floats()
        let classes = try parts.tensor("prototypeClasses").integers() ?? []
        guard sums.count == classes.count * settings.dimension,
            assignments.joined().allSatisfy({ classes.indices.contains($0) }),
            classes.allSatisfy({ $0 >= 0 })
        else { throw KeptParts.misfit("prototypes") }
        return ClassPrototypes(
            sums: PaddedRows(width: settings.dimension, flat: sums), classes: classes,
            assignments: assignments)
    }
}
