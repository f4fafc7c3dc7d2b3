import Digests
import Evaluation
import Foundation
import Kafka
import Learning
import Messages

extension StreamService {
    private static let contentTypeJSON = [Header(name: "content-type", text: "application/json")]
    private static let contentTypeProtobuf = [Header(name: "content-type", text: "application/x-protobuf")]

    /// Sends one prediction, under the key of its sample.
    func sendPrediction(
        _ outcome: Outcome, sample: LearnerSample, record: Record, explanation: Explanation?, codes: [Int]?,
        ticket: Int, took: Duration
    ) throws {
        let source = RecordSource(
            topic: configuration.topics.samples, partition: record.partition, offset: record.offset)
        let labels = learner.classes.labels
        let prediction = Prediction(
            id: identifiers.uuid(of: "\(source.topic)/\(source.partition)/\(source.offset)"),
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
            distance: outcome.answer.distance, reasons: explanation.map { Reasons($0, labels: labels) })
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
        if !isSilent {
            let source = RecordSource(topic: record.topic, partition: record.partition, offset: record.offset)
            let letter = DeadLetter(
                rejection, source: source,
                id: deadLetterIdentifiers.uuid(of: "\(source.topic)/\(source.partition)/\(source.offset)"),
                connectorName: configuration.consumer.group, stage: stage)
            let headers = letter.headers(
                keeping: record.headers().map { MessageHeader(name: $0.name, value: $0.value) })
            ledger.expect(1)
            try producer.send(
                topic: configuration.topics.deadLetters, key: record.key, value: record.value,
                headers: headers.map { Header(name: $0.name, value: $0.value) },
                timestampMilliseconds: record.timestampMilliseconds, ticket: ticket)
            statistics.rejected(rejection.code)
            logger.debug(
                "dead letter: \(record.topic) partition \(record.partition) offset \(record.offset): \(rejection)"
            )
        }
        if breaker.note(failed: true) {
            throw ServiceError(
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
