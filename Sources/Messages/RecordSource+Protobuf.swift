extension RecordSource {
    /// The place as a message `weir.v1.RecordSource`.
    var message: Weir_V1_RecordSource {
        var message = Weir_V1_RecordSource()
        message.topic = topic
        message.partition = partition
        message.offset = offset
        return message
    }

    init(_ message: Weir_V1_RecordSource) {
        self.init(topic: message.topic, partition: message.partition, offset: message.offset)
    }
}
