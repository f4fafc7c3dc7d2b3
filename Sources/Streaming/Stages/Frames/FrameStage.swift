import ContinualInference
import Digests
import Dispatch
import KafkaBasics
import Log
import Messages
import Synchronization

/// Records that are frames of sessions: their states, and the steps of the network that turn the frames into the vectors,
/// or class scores, that are answered.
final class FrameStage: InputStage {
    /// The network.
    let model: LoadedModel
    /// The open sessions.
    var table: SessionTable
    /// What the network remembers of them.
    private(set) var states: SessionStates
    private let decoder: FrameDecoder
    private let workspaces: [Workspace]
    let patience: Duration
    let logger: Logger
    /// Records that are not decoded yet.
    private var rest: ArraySlice<LogRecord> = []
    /// Decoded records whose frames are not stepped yet.
    private var waiting: ArraySlice<DecodedFrames.Item> = []

    /// The most frames that are stepped before their answers are given, beside those of one more record; with
    /// ``portionValues`` that bounds the memory for frames and outputs.
    private static let portionFrames = 8_192
    /// The most values of these frames, or of their outputs.
    private static let portionValues = 1 << 22
    /// The most bytes of records that are decoded at once, beside one more record.
    private static let decodedBytes = 32 << 20

    /// A stage with these sessions.
    ///
    /// - Parameter patience: how long frames may wait for those of other sessions, to be stepped together.
    init(
        model: LoadedModel, decoder: FrameDecoder, workers: Int, patience: Duration, table: SessionTable,
        states: SessionStates, logger: Logger
    ) {
        self.model = model
        self.decoder = decoder
        self.patience = patience
        self.table = table
        self.states = states
        self.logger = logger
        workspaces = (0..<workers).map { _ in Workspace(plan: model.plan) }
        // A snapshot may have more sessions than there is room for now.
        warn(SessionTable.Counts())
    }

    var vectorLength: Int { model.plan.outputShape.count }
    /// What decodes the records, for the headers of dead letters.
    static let decoderName = "Messages.FrameDecoder"
    var frozenDigests: [String] { [Hexadecimal.string(of: model.plan.digest)] }
    var part: any SnapshotPart { SessionSnapshot(table: table, states: states) }

    func take(_ records: [LogRecord]) { rest = records[...] }

    func next(_ encode: VectorEncoder) throws -> [Chunk]? {
        if waiting.isEmpty {
            guard !rest.isEmpty else { return nil }
            waiting = decode(&rest)[...]
            // What is empty would hold the memory of all records.
            if rest.isEmpty { rest = [] }
        }
        let stepped = step(&waiting)
        if waiting.isEmpty { waiting = [] }
        let receptiveField = model.plan.timing.receptiveField
        return try ChunkWork.chunks(of: stepped.items.count, workers: workspaces.count, encode) {
            stepped.chunk($0, receptiveField: receptiveField)
        }
    }

    /// Decodes the next records on all cores.
    ///
    /// - Parameter rest: records in order; those that were decoded are taken off.
    private func decode(_ rest: inout ArraySlice<LogRecord>) -> [DecodedFrames.Item] {
        var bytes = 0
        let end = rest.firstIndex { record in
            defer { bytes += record.value?.count ?? 0 }
            return bytes > Self.decodedBytes
        }
        let records = Array(rest[..<(end ?? rest.endIndex)])
        rest = rest[(end ?? rest.endIndex)...]
        let size = max(64, (records.count + workspaces.count - 1) / workspaces.count)
        let count = (records.count + size - 1) / size
        let results = Mutex([[DecodedFrames.Item]](repeating: [], count: count))
        let decoder = decoder
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let decoded = DecodedFrames(
                records[(index * size)..<min(records.count, (index + 1) * size)], decoder: decoder)
            results.withLock { $0[index] = decoded.items }
        }
        return results.withLock { $0.flatMap { $0 } }
    }

    /// Steps the sessions through the next records, as many as make a portion.
    ///
    /// - Parameter items: decoded records in order, at least one; those that were stepped are taken off.
    /// - Returns: the records with their outputs.
    private func step(_ items: inout ArraySlice<DecodedFrames.Item>) -> SteppedFrames {
        let width = model.plan.inputShape.count
        let outputWidth = model.plan.outputShape.count
        var portion = SteppedFrames(outputWidth: outputWidth)
        var stretches: [SessionStates.Stretch] = []
        var frames: [Float] = []
        var frameCount = 0
        var rows = 0
        let limit = min(Self.portionFrames, Self.portionValues / max(width, outputWidth))
        let closed = table.counts.closed
        while frameCount < max(limit, 1), let item = items.popFirst() {
            guard case .success(let frame) = item.content else {
                portion.items.append(SteppedFrames.Item(decoded: item))
                continue
            }
            let before = table.counts
            let admission = table.admit(
                frame.session,
                SessionTable.Record(
                    first: frame.sequence, frames: frame.count,
                    timestamp: item.record.timestampMilliseconds, isEnd: frame.isEnd, hash: item.hash))
            warn(before, item.record)
            guard let admission else {
                portion.items.append(SteppedFrames.Item(decoded: item))
                continue
            }
            let count = frame.count - admission.skipped
            let unanswered = frame.answersLastOnly ? count - 1 : 0
            stretches.append(
                SessionStates.Stretch(
                    number: stretches.count, item: portion.items.count, slot: admission.slot,
                    begins: admission.begins, filled: admission.filled,
                    frame: frameCount,
                    count: count, unanswered: unanswered, row: rows))
            frames.append(contentsOf: frame.values[(admission.skipped * width)...])
            frameCount += count
            portion.items.append(
                SteppedFrames.Item(
                    decoded: item, rows: rows..<(rows + count - unanswered),
                    firstSequence: frame.sequence + Int64(admission.skipped + unanswered),
                    firstSeen: admission.seen + unanswered))
            rows += count - unanswered
        }
        portion.outputs = [Float](repeating: 0, count: rows * outputWidth)
        portion.emitted = [Bool](repeating: false, count: rows)
        let spoilt = states.step(
            stretches, frames: frames, workspaces: workspaces, outputs: &portion.outputs,
            emitted: &portion.emitted)
        if spoilt.contains(true) { beginAnew(spoilt, stretches, &portion) }
        if table.counts.closed != closed {
            let table = table
            states.keep { $0 < table.sessions.count && table.sessions[$0] != nil }
        }
        return portion
    }
}
