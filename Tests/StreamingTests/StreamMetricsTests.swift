import Foundation
import Messages
import Streaming
import TestSupport
import Testing

/// What the metrics of a stream count.
@Suite(.waiting) struct StreamMetricsTests {
    /// Waits for a report that satisfies.
    private func report(
        of service: RunningService, _ isWanted: (MetricsMessage) -> Bool
    ) -> MetricsMessage? {
        var found: MetricsMessage?
        eventually {
            found = service.reports.last(where: isWanted)
            return found != nil || service.hasEnded
        }
        return found ?? service.reports.last
    }

    private func message(_ text: String) -> TestStream.Message { .init(value: Array(text.utf8)) }

    @Test(
        "Every record is counted once, by what became of it; after a restart what is gone through again is silent"
    )
    func records() throws {
        let stream = try TestStream()
        let configuration = try stream.configuration { $0.errors.tolerance = 1 }
        try stream.send(
            stream.samples(0..<60).map(TestStream.json) + [
                message(#"{"do":"rename_class","label":"label 1","to":"one"}"#),
                message(#"{"do":"rename_class","label":"label 1","to":"one"}"#), message("["), message("{"),
                .init(value: nil),
            ])
        let service = RunningService(configuration)
        let predictions = try stream.predictions(60)
        _ = report(of: service) { $0.sum(.inputRecords) == 65 }
        #expect(service.stop() == nil)
        let last = try #require(service.reports.last)
        let topic = configuration.topics.samples
        #expect(last.number(.inputRecords, topic, "answered") == 61)
        #expect(last.number(.inputRecords, topic, "silent") == 0)
        #expect(last.number(.inputRecords, topic, "dead_lettered") == 4)
        #expect(last.number(.instructions) == 1)
        #expect(
            last.metrics.filter { $0.definition == .deadLetters }.map(\.description) == [
                #"weir_dead_letters_total{code="E_JSON"} 2.0"#,
                #"weir_dead_letters_total{code="E_NOT_LEARNED"} 1.0"#,
                #"weir_dead_letters_total{code="E_TOMBSTONE"} 1.0"#,
            ])
        let early = predictions.count { $0.outcome == .nothingLearned }
        #expect(last.number(.predictions, "nothing_learned") == Double(early))
        #expect(last.number(.predictions, "answered") == Double(60 - early))
        #expect(last.number(.predictions, "unknown") == 0)
        // Without its snapshots it begins anew, and knows from the broker what was answered.
        try FileManager.default.removeItem(atPath: configuration.snapshots.folder)
        let again = RunningService(configuration)
        let repeated = try #require(report(of: again) { $0.sum(.inputRecords) == 65 })
        #expect(again.stop() == nil)
        #expect(repeated.number(.inputRecords, topic, "silent") == 65)
        #expect(repeated.sum(.predictions) == 0 && repeated.sum(.deadLetters) == 0)
        #expect(repeated.number(.instructions) == 1)
    }

    @Test("Durations are seconds, the snapshot a time")
    func units() throws {
        let stream = try TestStream()
        let begin = Date().timeIntervalSince1970
        try stream.send(stream.samples(0..<60).map(TestStream.json))
        let service = RunningService(try stream.configuration())
        let first = try #require(report(of: service) { $0.number(.predictionDuration, "1") != nil })
        let longest = try #require(first.number(.predictionDuration, "1"))
        #expect(longest > 0 && longest < Date().timeIntervalSince1970 - begin)
        let quantiles = ["0.5", "0.9", "0.99", "1"].map { first.number(.predictionDuration, $0) ?? -1 }
        #expect(quantiles == quantiles.sorted() && quantiles[0] > 0)
        let written = try #require(report(of: service) { $0.number(.snapshotLastSuccess) != nil })
        let time = try #require(written.number(.snapshotLastSuccess))
        #expect(time >= begin && time <= Double(written.timestampMilliseconds) / 1_000 + 0.001)
        #expect(service.stop() == nil)
    }

    @Test("The lag is given by partition, above 64 of them as their sum", arguments: [2, 65])
    func lag(partitions: Int) throws {
        let stream = try TestStream(partitions: partitions)
        try stream.send(stream.samples(0..<100).map(TestStream.json), partitions: partitions)
        let service = RunningService(try stream.configuration { $0.metrics.intervalSeconds = 0.1 })
        _ = try stream.predictions(100)
        let last = try #require(report(of: service) { $0.sum(.inputLag) == 0 })
        #expect(service.stop() == nil)
        #expect(last.sum(.inputLag) == 0)
        let names = partitions == 2 ? ["0", "1"] : ["all"]
        for report in service.reports {
            let lags = report.metrics.filter { $0.definition == .inputLag }
            #expect(lags.map(\.labels) == names.map { ["weir.s.samples", $0] })
            #expect(lags.allSatisfy { $0.reason == nil || $0.reason == "not_known_yet" })
        }
    }
}
