extension PlanBuilder {
    /// Frames from `lag` steps ago.
    ///
    /// - Parameters:
    ///   - first: the step with which output begins; `lag` if it is not given.
    ///   - endPadding: the steps for which frames are still given when a clip's end is padded.
    mutating func delay(
        _ input: Value, by lag: Int, from first: Int? = nil, endPadding: Int? = nil,
        clip: DelayOperation.Clip = .keep
    ) -> Value {
        let first = first ?? lag
        guard lag > 0 || first > 0 else { return input }
        let offset = reserveState(lag * input.shape.count, for: "delay")
        return append(
            DelayOperation(
                input: input, lag: lag, first: first, endPadding: endPadding ?? (first == lag ? lag : 0),
                clip: clip, stateOffset: offset), shape: input.shape, after: input)
    }

    /// For streams that are joined frame by frame: for each the number of frames it has given when the last
    /// of them begins.
    func alignment(_ values: [Value]) throws -> (offsets: [Int], firstStep: Int, stride: Int) {
        let facts = values.map { self.values[$0.id] }
        let stride = facts[0].stride
        let firstStep = facts.map(\.firstStep).max() ?? 0
        guard facts.allSatisfy({ $0.stride == stride && (firstStep - $0.firstStep) % stride == 0 }) else {
            throw ContinualError(
                .network,
                "\(place): the streams give output at different steps (from \(facts.map(\.firstStep)) on, every \(facts.map(\.stride))); give the branches the same stride, and delays that are multiples of it"
            )
        }
        return (facts.map { (firstStep - $0.firstStep) / stride }, firstStep, stride)
    }

    /// Streams joined to one.
    mutating func join(_ values: [Value], _ reduction: Reduction) throws -> Value {
        guard let first = values.first else {
            throw ContinualError(.network, "\(place): there is nothing to join")
        }
        if values.count == 1 { return first }
        let fits =
            reduction == .concatenation
            ? values.allSatisfy { $0.shape.spatial == first.shape.spatial }
            : values.allSatisfy { $0.shape == first.shape }
        guard fits else {
            throw ContinualError(
                .network,
                "\(place): streams of \(values.map(\.shape.description).joined(separator: ", ")) cannot be joined by \(reduction)"
            )
        }
        let (offsets, firstStep, stride) = try alignment(values)
        let channels =
            reduction == .concatenation ? values.reduce(0) { $0 + $1.shape.channels } : first.shape.channels
        return append(
            JoinOperation(values, reduction: reduction, offsets: offsets),
            shape: FrameShape(channels, first.shape.spatial), firstStep: firstStep, stride: stride)
    }
}
