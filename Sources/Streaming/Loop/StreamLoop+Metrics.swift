import Foundation
import Messages

extension StreamLoop {
    /// Publishes what is known now, between batches. Hold-outs are asked anew, on a copy: publishing changes nothing.
    func publishMetrics(isFinal: Bool) throws {
        let report = model.report()
        let now = Date().timeIntervalSince1970
        let waiting = Metric(.samplesWaiting, value: pool.rows)
        let metrics =
            report.metrics + stage.metrics() + counters.takeMetrics() + input.metrics()
            + keeper.metrics(now: now) + [waiting]
        var name = output.model
        name.version = model.version
        let message = MetricsMessage(
            stream: configuration.stream, model: name,
            window: MetricsWindow(kind: .last, n: configuration.evaluation.window),
            recordCount: report.records, labelledCount: report.labelled, metrics: metrics,
            perClass: report.perClass, timestampMilliseconds: Int64(now * 1_000), isFinal: isFinal)
        try output.send(message)
        onReport(message)
    }
}
