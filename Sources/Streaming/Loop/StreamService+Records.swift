import Dispatch
import Experts
import Kafka
import Learning
import Memory
import Messages
import Synchronization

/// From records to answers.
extension StreamService {
    /// Decodes and encodes on all cores, then goes through the records in order.
    func process(_ records: [Record], fromJournal: Bool, received: ContinuousClock.Instant) throws {
        guard !records.isEmpty else { return }
        if !fromJournal { try journal.append(Self.runs(records)) }
        for record in records { positions[record.partition] = record.offset + 1 }
        let ticket = ledger.open()
        if frames == nil {
            try take(try decode(records), ticket: ticket, received: received)
        } else {
            try step(records, ticket: ticket, received: received)
        }
        // While samples are held, records before them are not answered and nothing may be committed.
        ledger.close(positions: held.isEmpty ? positions : [:])
    }

    /// Steps sessions through frames, as many at once as there is room for, and answers them.
    private func step(_ records: [Record], ticket: Int, received: ContinuousClock.Instant) throws {
        var rest = records[...]
        while !rest.isEmpty, let items = frames?.decode(&rest) {
            var waiting = items[...]
            while !waiting.isEmpty, let stepped = frames?.step(&waiting) {
                try take(try chunks(stepped), ticket: ticket, received: received)
            }
        }
    }

    /// Answers decoded records, or keeps them until there are keys.
    private func take(_ chunks: [DecodedChunk], ticket: Int, received: ContinuousClock.Instant) throws {
        if isReady {
            for chunk in chunks { try fold(chunk, ticket: ticket, received: received) }
        } else {
            try hold(chunks, ticket: ticket, received: received)
        }
    }

    private static func runs(_ records: [Record]) -> [OrderJournal.Run] {
        var runs: [OrderJournal.Run] = []
        var first = 0
        for index in records.indices
        where index + 1 == records.count || records[index + 1].partition != records[index].partition {
            runs.append(
                OrderJournal.Run(
                    partition: records[index].partition, first: records[first].offset,
                    last: records[index].offset))
            first = index + 1
        }
        return runs
    }

    private func decode(_ records: [Record]) throws -> [DecodedChunk] {
        let decoder = decoder
        return try encoded(records.count) { DecodedChunk(records[$0], decoder: decoder) }
    }

    private func chunks(_ frames: SteppedFrames) throws -> [DecodedChunk] {
        let receptiveField = self.frames?.model.plan.timing.receptiveField ?? 1
        return try encoded(frames.items.count) {
            DecodedChunk(frames, items: $0, receptiveField: receptiveField)
        }
    }

    /// Makes the chunks of so many records, and encodes them, on all cores.
    private func encoded(
        _ records: Int, _ chunk: @Sendable (Range<Int>) -> DecodedChunk
    ) throws -> [DecodedChunk] {
        let size = max(64, (records + workers - 1) / workers)
        let count = (records + size - 1) / size
        let results = Mutex([Result<DecodedChunk, any Error>?](repeating: nil, count: count))
        // Held only within this function: a second holder would make learning copy the tables.
        let encoder = learner?.isReady == true ? learner?.encoder : nil
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let result = Result {
                var chunk = chunk((index * size)..<min(records, (index + 1) * size))
                if let encoder { try chunk.encode(encoder) }
                return chunk
            }
            results.withLock { $0[index] = result }
        }
        return try results.withLock { $0 }.compactMap { try $0?.get() }
    }

    /// Goes through the records of a chunk, in order.
    private func fold(_ chunk: DecodedChunk, ticket: Int, received: ContinuousClock.Instant) throws {
        for item in chunk.items {
            let record = item.record
            let isSilent = record.offset < answered[record.partition] ?? 0
            do {
                switch item.content {
                case .failure(let rejection):
                    try reject(record, rejection, stage: .valueConverter, ticket: ticket, isSilent: isSilent)
                    continue
                case .success(.sample(let sample, let row, let wantsReasons)):
                    try chunk.encoded?.withSample(row) {
                        try answer(
                            sample, $0, record: record, wantsReasons: wantsReasons, isSilent: isSilent,
                            ticket: ticket, received: received)
                    }
                case .success(.frames(let places)):
                    for frame in chunk.answered[places] {
                        try answer(
                            frame, of: chunk, record: record, isSilent: isSilent, ticket: ticket,
                            received: received)
                    }
                case .success(.unlearn(let sample, let row)):
                    try chunk.encoded?.withSample(row) { try learner?.unlearn(sample, $0) }
                    statistics.followed()
                case .success(.instruction(let instruction)):
                    try follow(instruction)
                    statistics.followed()
                }
                _ = breaker.note(failed: false)
                statistics.took(isSilent: isSilent)
            } catch let error as LearnerError {
                try reject(
                    record, Rejection(error.code == .full ? .full : .classLimit, error.message),
                    stage: .taskPut, ticket: ticket, isSilent: isSilent)
            } catch let error as MemoryError {
                try reject(
                    record, Rejection(.notLearned, error.message), stage: .taskPut, ticket: ticket,
                    isSilent: isSilent)
            }
        }
    }

    /// Predicts, scores and learns one sample.
    private func answer(
        _ sample: LearnerSample, _ encoded: EncodedSample, place: FramePlace? = nil, record: Record,
        wantsReasons: Bool, isSilent: Bool, ticket: Int, received: ContinuousClock.Instant
    ) throws {
        model.version = learner?.version ?? 0
        // Before the sample itself is learned and becomes a reason.
        let isExplained = !isSilent && (wantsReasons || configuration.predictions.reasons)
        let explanation = isExplained ? learner?.explain(encoded) : nil
        guard let outcome = try learner?.process(sample, encoded) else { return }
        let took = received.duration(to: .now)
        guard !isSilent else { return }
        statistics.predicted(outcome.answer, took: took)
        try sendPrediction(
            outcome, sample: sample, place: place, record: record, explanation: explanation,
            codes: configuration.predictions.codes ? encoded.codes.map { Int($0) } : nil, ticket: ticket,
            took: took)
    }

    /// Answers one frame: by the learner from the network's features, or by the network's class scores.
    private func answer(
        _ frame: DecodedChunk.AnsweredFrame, of chunk: DecodedChunk, record: Record, isSilent: Bool,
        ticket: Int,
        received: ContinuousClock.Instant
    ) throws {
        if let encoded = chunk.encoded {
            return try encoded.withSample(frame.row) {
                try answer(
                    frame.sample, $0, place: frame.place, record: record, wantsReasons: frame.wantsReasons,
                    isSilent: isSilent, ticket: ticket, received: received)
            }
        }
        let width = configuration.dimension
        let scores = chunk.vectors[(frame.row * width)..<((frame.row + 1) * width)]
        guard
            let ranked = network?.process(
                scores, label: frame.sample.label, top: configuration.predictions.top)
        else { return }
        let took = received.duration(to: .now)
        guard !isSilent else { return }
        statistics.predicted(nil, took: took)
        try sendPrediction(ranked, frame: frame, record: record, ticket: ticket, took: took)
    }

    /// Changes what was learned of a class.
    private func follow(_ instruction: Instruction) throws {
        switch instruction {
        case .deleteClass(let label): try learner?.deleteClass(label)
        case .renameClass(let label, let new): try learner?.renameClass(label, to: new)
        case .mergeClasses(let label, let other): try learner?.mergeClass(label, into: other)
        case .unlearn:
            // A chunk makes content of its own of these, which has the embedding's row.
            preconditionFailure("an unlearning without its embedding")
        }
    }

    /// Keeps samples until there are enough to make the keys from, then makes them and goes through what was
    /// kept, in order. Records that cannot be used go to the dead letters at once.
    private func hold(_ chunks: [DecodedChunk], ticket: Int, received: ContinuousClock.Instant) throws {
        for chunk in chunks {
            for item in chunk.items {
                guard case .failure(let rejection) = item.content else {
                    // Noted here too, or a few bad records among many good ones that wait would look like all.
                    _ = breaker.note(failed: false)
                    continue
                }
                let isSilent = item.record.offset < answered[item.record.partition] ?? 0
                try reject(item.record, rejection, stage: .valueConverter, ticket: ticket, isSilent: isSilent)
            }
            let sound = chunk.soundOnly()
            if !sound.items.isEmpty { held.append(sound) }
            heldCount += sound.rows
        }
        guard heldCount >= configuration.keys.samples else { return }
        logger.info("making keys from the first \(configuration.keys.samples) samples of the stream")
        var vectors = held.flatMap(\.vectors)
        vectors.removeLast(vectors.count - configuration.keys.samples * configuration.dimension)
        if let report = try learner?.initialiseKeys(from: vectors) { logger.info("keys: \(report)") }
        nameModel()
        let waiting = held
        held = []
        heldCount = 0
        for var chunk in waiting {
            if let encoder = learner?.encoder { try chunk.encode(encoder) }
            try fold(chunk, ticket: ticket, received: received)
        }
    }
}
