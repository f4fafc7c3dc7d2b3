import KafkaBasics
import Messages

/// From records to answers.
extension StreamLoop {
    /// Has the stage work on all cores, then goes through the records in order.
    func process(_ batch: InputLog.Batch) throws {
        output.isAltered = batch.isAltered
        let ticket = output.open()
        stage.take(batch.records)
        while let chunks = try stage.next(model.encoder) {
            for chunk in chunks {
                if model.isReady {
                    try fold(chunk, ticket: ticket, received: batch.received)
                } else {
                    try hold(chunk, ticket: ticket)
                }
            }
            if !pool.isEmpty, pool.isFull { try makeKeys(ticket: ticket, received: batch.received) }
        }
        // While samples are held, records before them are not answered and nothing may be committed.
        output.close(positions: pool.isEmpty ? input.positions : [:])
    }

    /// Goes through the records of a chunk, in order.
    private func fold(_ chunk: Chunk, ticket: Int, received: ContinuousClock.Instant) throws {
        var before = OffsetLookup(input.answered)
        for item in chunk.items {
            let record = item.record
            let isSilent = record.offset < before.offset(at: record)
            switch item.content {
            case .failure(let rejection):
                try reject(record, rejection, stage: .valueConverter, ticket: ticket, isSilent: isSilent)
            case .success(let content):
                let rejection = try use(
                    content, of: chunk, record, ticket: ticket, isSilent: isSilent, received: received)
                if let rejection {
                    try reject(record, rejection, stage: .taskPut, ticket: ticket, isSilent: isSilent)
                } else {
                    counters.succeeded(isSilent: isSilent)
                }
            }
        }
    }

    /// Answers and learns what a record asks, or does what it says.
    ///
    /// - Returns: why it cannot be used; nil when it was.
    private func use(
        _ content: Chunk.Content, of chunk: Chunk, _ record: LogRecord, ticket: Int, isSilent: Bool,
        received: ContinuousClock.Instant
    ) throws -> Rejection? {
        do {
            switch content {
            case .asked(let places):
                for asked in chunk.asked[places] {
                    let reply = try chunk.batch.withSample(asked.row) {
                        try model.process(asked, $0, replies: !isSilent).reply
                    }
                    guard let reply else { continue }
                    let took = received.duration(to: schedule.clock.now)
                    counters.answered(reply, took: took)
                    try send(reply, to: asked, of: record, took: took, ticket: ticket)
                }
            case .unlearn(let sample, let row):
                try chunk.batch.withSample(row) { try model.unlearn(sample, $0) }
                counters.followed()
            case .instruction(let instruction):
                try model.follow(instruction)
                counters.followed()
            }
            return nil
        } catch let rejection as Rejection {
            return rejection
        }
    }

    /// An answer that cannot be written is no fault of the record.
    private func send(
        _ reply: Reply, to asked: Chunk.Asked, of record: LogRecord, took: Duration, ticket: Int
    ) throws {
        do {
            try output.send(reply, to: asked, of: record, took: took, ticket: ticket)
        } catch let rejection as Rejection {
            throw StreamError(
                "the answer to \(record.place) offset \(record.offset) cannot be written: \(rejection)")
        }
    }

    /// Keeps samples until there are enough to make the keys from. Records that cannot be used go to the dead letters at
    /// once.
    private func hold(_ chunk: Chunk, ticket: Int) throws {
        for item in chunk.items {
            guard case .failure(let rejection) = item.content else {
                // Noted here too, or a few bad records among many good ones that wait would look like all.
                counters.held()
                continue
            }
            let isSilent = item.record.offset < input.answered[item.record.place] ?? 0
            try reject(item.record, rejection, stage: .valueConverter, ticket: ticket, isSilent: isSilent)
        }
        pool.hold(chunk, isAltered: output.isAltered)
    }

    /// Makes the keys from what was held, and goes through it, in order.
    private func makeKeys(ticket: Int, received: ContinuousClock.Instant) throws {
        logger.info("making keys from the first \(pool.wanted) samples of the stream")
        let report = try model.makeKeys(from: pool.vectors(width: stage.vectorLength))
        logger.info("keys: \(report)")
        nameModel()
        let isAltered = output.isAltered
        defer { output.isAltered = isAltered }
        for var held in pool.takeAll() {
            // They came in other batches.
            output.isAltered = held.isAltered
            try held.chunk.encode(model.encoder)
            try fold(held.chunk, ticket: ticket, received: received)
        }
    }

    /// Sends a record that cannot be used to the dead letters.
    private func reject(
        _ record: LogRecord, _ rejection: Rejection, stage: DeadLetter.Stage, ticket: Int, isSilent: Bool
    ) throws {
        if !isSilent { try output.reject(record, rejection, stage: stage, ticket: ticket) }
        counters.failed(rejection, isSilent: isSilent)
    }
}
