import KafkaBasics

// What needs no client has a target below, so that who uses only that does not wait for the client.

/// One partition of a topic.
public typealias TopicPartition = KafkaBasics.TopicPartition

/// One header of a record: a name, which may occur more than once, and bytes or null.
public typealias Header = KafkaBasics.Header

/// What librdkafka says of a property of a client, without a client.
public typealias ClientProperty = KafkaBasics.ClientProperty
