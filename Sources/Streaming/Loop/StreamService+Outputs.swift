import Digests
import Evaluation
import Foundation
import Kafka
import Learning
import Log
import Messages

extension StreamService {
    private static let contentTypeJSON = [Header(name: "content-type", text: "application/json")]
    private static let contentTypeProtobuf = [Header(name: "content-type", text: "application/x-protobuf")]

    /// Sends the learner's answer, under the key of its sample.
    ///
    /// - Parameter place: which frame it answers; nil for a sample.
    func sendPrediction(
        _ outcome: Outcome, sample: LearnerSample, place: FramePlace?, record: Record,
        explanation: Explanation?, codes: [Int]?, ticket: Int, took: Duration
    ) throws {
        let source = source(of: record)
        let labels = learner?.classes.labels ?? []
        let prediction = Prediction(
            id: identifier(source, place),
            sampleID: sample.id, stream: configuration.stream,
            label: outcome.answer.best.map { labels[$0.index] },
            confidence: outcome.answer.best?.probability ?? 0, isCalibrated: outcome.answer.isCalibrated,
            topK: outcome.answer.ranked.map {
                LabelScore(label: labels[$0.index], confidence: $0.probability)
            },
            codes: codes, expected: sample.label, isHoldout: outcome.use == .heldOut, model: model,
            source: source,
            durationMicroseconds: took.microseconds, timestampMilliseconds: record.timestampMilliseconds ?? 0,
            candidate: outcome.answer.isUnknown ? outcome.answer.candidate.map { labels[$0.index] } : nil,
            distance: outcome.answer.distance, reasons: explanation.map { Reasons($0, labels: labels) },
            frame: place)
        try send(prediction, record: record, ticket: ticket)
    }

    /// Sends a network's answer to a frame, under the key of its record.
    ///
    /// - Parameter ranked: the likeliest classes, best first.
    func sendPrediction(
        _ ranked: [LabelScore], frame: DecodedChunk.AnsweredFrame, record: Record, ticket: Int, took: Duration
    ) throws {
        let source = source(of: record)
        let prediction = Prediction(
            id: identifier(source, frame.place), sampleID: frame.sample.id, stream: configuration.stream,
            label: ranked.first?.label, confidence: ranked.first?.confidence ?? 0, isCalibrated: false,
            topK: ranked, expected: frame.sample.label, model: model, source: source,
            durationMicroseconds: took.microseconds, timestampMilliseconds: record.timestampMilliseconds ?? 0,
            frame: frame.place)
        try send(prediction, record: record, ticket: ticket)
    }

    private func source(of record: Record) -> RecordSource {
        RecordSource(topic: configuration.inputTopic, partition: record.partition, offset: record.offset)
    }

    /// The id of the answer to a record, or to one of the frames in it.
    private func identifier(_ source: RecordSource, _ place: FramePlace?) -> String {
        let record = "\(source.topic)/\(source.partition)/\(source.offset)"
        return identifiers.uuid(of: place.map { "\(record)/\($0.session)/\($0.sequence)" } ?? record)
    }

    private func send(_ prediction: Prediction, record: Record, ticket: Int) throws {
        var bytes: [UInt8] = []
        let headers: [Header]
        switch configuration.predictions.format {
        case .json:
            bytes.reserveCapacity(640)
            prediction.encodeJSON(into: &bytes)
            headers = Self.contentTypeJSON
        case .protobuf:
            bytes = try prediction.encodeProtobuf()
            headers = Self.contentTypeProtobuf
        }
        ledger.expect(1)
        try bytes.withUnsafeBytes {
            try producer.send(
                topic: configuration.topics.predictions, key: record.key, value: $0, headers: headers,
                ticket: ticket)
        }
    }

    /// Sends a record that cannot be used to the dead letters, as it was, with the reason; stops the stream when
    /// too many fail.
    func reject(
        _ record: Record, _ rejection: Rejection, stage: DeadLetter.Stage, ticket: Int, isSilent: Bool
    ) throws {
        statistics.rejected(rejection.code, isSilent: isSilent)
        if !isSilent {
            let source = RecordSource(topic: record.topic, partition: record.partition, offset: record.offset)
            let letter = DeadLetter(
                rejection, source: source,
                id: deadLetterIdentifiers.uuid(of: "\(source.topic)/\(source.partition)/\(source.offset)"),
                connectorName: configuration.consumer.group, stage: stage,
                className: frames == nil ? "Messages.SampleDecoder" : "Messages.FrameDecoder")
            let headers = letter.headers(
                keeping: record.headers().map { MessageHeader(name: $0.name, value: $0.value) })
            ledger.expect(1)
            try producer.send(
                topic: configuration.topics.deadLetters, key: record.key, value: record.value,
                headers: headers.map { Header(name: $0.name, value: $0.value) },
                timestampMilliseconds: record.timestampMilliseconds, ticket: ticket)
            logger.debug(
                "dead letter: \(rejection)",
                LogField.place(record.topic, record.partition, record.offset))
        }
        if breaker.note(failed: true) {
            throw StreamError(
                "\(breaker.account) could not be used, more than errors.tolerance \(configuration.errors.tolerance) allows; the last one: \(rejection). Mend the producer (weir tail --topic \(configuration.topics.deadLetters) shows the records); to get past those already in the topic raise errors.tolerance"
            )
        }
    }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int {
        Int(components.seconds) * 1_000_000 + Int(components.attoseconds / 1_000_000_000_000)
    }
}
