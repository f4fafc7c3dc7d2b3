import Evaluation
import Experts
import Learning
import Messages

/// Records of frames after their steps.
struct SteppedFrames: Sendable {
    /// One record and its answered frames.
    struct Item: Sendable {
        let decoded: DecodedFrames.Item
        /// The rows of the outputs of its answered frames.
        var rows = 0..<0
        /// The number of the first answered frame.
        var firstSequence: Int64 = 0
        /// The number of frames that the session has stepped when the first answered one has been.
        var firstSeen = 0
    }

    /// In the order of the records.
    var items: [Item] = []
    /// The values of an output.
    let outputWidth: Int
    /// [rows][values of an output].
    var outputs: [Float] = []
    /// By row whether there is an output.
    var emitted: [Bool] = []

    init(outputWidth: Int) { self.outputWidth = outputWidth }

    /// The outputs of some neighbouring records, not encoded yet.
    ///
    /// - Parameter receptiveField: the number of frames that an output depends on.
    func chunk(_ range: Range<Int>, receptiveField: Int) -> Chunk {
        var chunkItems: [Chunk.Item] = []
        var asked: [Chunk.Asked] = []
        var vectors: [Float] = []
        chunkItems.reserveCapacity(range.count)
        for item in items[range] {
            let record = item.decoded.record
            guard case .success(let frame) = item.decoded.content else {
                chunkItems.append(
                    Chunk.Item(record: record, content: item.decoded.content.map { _ in .asked(0..<0) }))
                continue
            }
            guard isFinite(item) else {
                chunkItems.append(
                    Chunk.Item(
                        record: record,
                        content: .failure(
                            Rejection(
                                .output,
                                "the network's output is not finite: its weights, or the values, are too large"
                            ))))
                continue
            }
            let first = asked.count
            let source = SampleSource(
                topic: record.place.topic, partition: record.place.partition, offset: record.offset)
            for (number, row) in item.rows.enumerated() where emitted[row] {
                let sequence = item.firstSequence + Int64(number)
                asked.append(
                    Chunk.Asked(
                        sample: LearnerSample(
                            id: "\(frame.session)/\(sequence)", label: frame.label,
                            role: Chunk.role(frame.role), source: source),
                        row: vectors.count / outputWidth, wantsReasons: frame.wantsReasons,
                        place: FramePlace(
                            session: frame.session, sequence: sequence,
                            isWarming: item.firstSeen + number < receptiveField)))
                vectors.append(contentsOf: outputs[(row * outputWidth)..<((row + 1) * outputWidth)])
            }
            chunkItems.append(
                Chunk.Item(record: record, content: .success(.asked(first..<asked.count))))
        }
        return Chunk(items: chunkItems, asked: asked, vectors: vectors, width: outputWidth)
    }

    /// Whether all its answered frames have outputs that say something.
    private func isFinite(_ item: Item) -> Bool {
        item.rows.allSatisfy { row in
            !emitted[row]
                || outputs[(row * outputWidth)..<((row + 1) * outputWidth)].allSatisfy(\.isFinite)
        }
    }
}
