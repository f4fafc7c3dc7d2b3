import Log

extension LogField {
    /// Where a line speaks of: a place in the log that is read.
    package static func place(_ topic: String, _ partition: Int32, _ offset: Int64? = nil) -> [LogField] {
        [LogField("topic", topic), LogField("partition", partition)]
            + (offset.map { [LogField("offset", $0)] } ?? [])
    }
}
