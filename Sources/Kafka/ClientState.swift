import CRdKafka

/// What librdkafka's callbacks of a client write down. It must live as long as the client.
class ClientState {
    let faults: ConnectionFaults

    init(properties: [String: String]) { faults = ConnectionFaults(properties: properties) }

    /// Takes librdkafka's log, which says why connections fail. It is printed only where the properties ask for it.
    func register(in configuration: borrowing Configuration) {
        let opaque = Unmanaged.passUnretained(self).toOpaque()
        let isLogWanted = configuration.isLogWanted
        configuration.set { conf in
            rd_kafka_conf_set_opaque(conf, opaque)
            if isLogWanted {
                rd_kafka_conf_set_log_cb(conf) { client, level, facility, text in
                    ClientState.note(client, facility, text)
                    rd_kafka_log_print(client, level, facility, text)
                }
            } else {
                rd_kafka_conf_set_log_cb(conf) { client, _, facility, text in
                    ClientState.note(client, facility, text)
                }
            }
        }
    }

    /// Called on librdkafka's own threads, so only what is locked is touched.
    private static func note(
        _ client: OpaquePointer?, _ facility: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>?
    ) {
        guard let client, let facility, let text, String(cString: facility) == "FAIL",
            let opaque = rd_kafka_opaque(client)
        else { return }
        Unmanaged<ClientState>.fromOpaque(opaque).takeUnretainedValue().faults.note(String(cString: text))
    }
}
