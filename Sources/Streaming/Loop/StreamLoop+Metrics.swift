import Messages

extension StreamLoop {
    /// Begins a report of what is known now, between batches. Nothing of the state changes by it.
    func beginReport(isFinal: Bool) {
        let waiting = Metric(.samplesWaiting, value: pool.rows)
        let metrics =
            stage.metrics() + counters.takeMetrics(now: schedule.clock.now) + input.metrics()
            + keeper.metrics() + [waiting]
        var name = output.model
        name.revision = model.revision
        name.tracesLearned = model.tracesLearned
        reporter.begin(
            of: model, metrics, name: name, milliseconds: schedule.clock.milliseconds, isFinal: isFinal)
    }
}
