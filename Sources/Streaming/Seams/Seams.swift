/// All that a stream meets outside itself. A simulation has another of each.
package struct Seams {
    package let log: any RecordLog
    /// Makes the sink that reports to a ledger.
    package let sink: (DeliveryLedger) throws -> any OutputSink
    package let clock: any StreamClock
    package let disk: any StateDisk
    /// Writes snapshots.
    package let snapshots: any Background
    /// Asks held-out samples for a report.
    package let reports: any Background
    /// This run.
    package let instance: StreamInstance

    package init(
        log: any RecordLog, sink: @escaping (DeliveryLedger) throws -> any OutputSink,
        clock: any StreamClock, disk: any StateDisk, snapshots: any Background, reports: any Background,
        instance: StreamInstance
    ) {
        self.log = log
        self.sink = sink
        self.clock = clock
        self.disk = disk
        self.snapshots = snapshots
        self.reports = reports
        self.instance = instance
    }
}
