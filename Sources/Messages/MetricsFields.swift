import JSON

/// The members `metrics` and `reasons_absent` of a message that is read: the reasons of the one may stand in the other.
struct MetricsFields {
    /// Metrics with labels.
    private var labelled: [Metric] = []
    /// Metrics without; nil: the reason is in `reasons_absent`.
    private var numbers: [(name: String, number: Double?)] = []
    private var reasons: [String: String]?
    private var hasMetrics = false

    /// Reads the member `metrics`.
    mutating func readMetrics(_ reader: inout JSONReader) throws(Rejection) {
        self = MetricsFields(reasons: reasons, hasMetrics: true)
        var names: Set<String> = []
        try reader.readObject("metrics") { (reader, name) throws(Rejection) in
            guard name.hasPrefix("weir_"), Self.isWord(name) else {
                throw Rejection(
                    .json,
                    "metrics has the name \(Rejection.quoted(name)); weir_ was expected, then small letters, digits and underscores"
                )
            }
            let path = "metrics.\(name.prefix(80))"
            guard names.insert(name).inserted else { throw Rejection(.json, "\(path) comes twice") }
            if try reader.peek() == .array {
                labelled += try Self.readItems(of: name, &reader, path)
            } else {
                numbers.append((name, try reader.readFiniteDouble(path)))
            }
        }
    }

    /// Reads the member `reasons_absent`.
    mutating func readReasons(_ reader: inout JSONReader) throws(Rejection) {
        var read: [String: String] = [:]
        try reader.readObject("reasons_absent") { (reader, name) throws(Rejection) in
            read[name] = try Self.readReason(&reader, "reasons_absent[]")
        }
        reasons = read
    }

    /// What was read. Reasons of what is not there, or has a value, mean nothing.
    func metrics() throws(Rejection) -> [Metric] {
        guard hasMetrics else { throw JSONReader.missing("metrics") }
        let reasons = try JSONReader.required(reasons, "reasons_absent")
        var metrics = labelled
        for (name, number) in numbers {
            let value: Metric.Value
            if let number {
                value = .number(number)
            } else if let reason = reasons[name] {
                value = .absent(reason)
            } else {
                throw Rejection(
                    .json, "metrics.\(name.prefix(80)) is null, and reasons_absent does not say why")
            }
            metrics.append(Metric(Self.definition(name, labels: []), labels: [], value: value))
        }
        return metrics
    }

    private init(reasons: [String: String]?, hasMetrics: Bool) {
        self.reasons = reasons
        self.hasMetrics = hasMetrics
    }

    /// Nothing was read yet.
    init() {}

    private static func readItems(
        of name: String, _ reader: inout JSONReader, _ path: String
    ) throws(Rejection) -> [Metric] {
        var definition: MetricDefinition?
        var items: [Metric] = []
        try reader.readArray(path) { (reader, index) throws(Rejection) in
            let path = "\(path)[\(index)]"
            var labels: [String: String]?
            var number: Double??
            var reason: String?
            try reader.readObject(path) { (reader, key) throws(Rejection) in
                switch key {
                case "labels": labels = try readLabels(&reader, "\(path).labels")
                case "value": number = .some(try reader.readFiniteDouble("\(path).value"))
                case "reason_absent": reason = try readReason(&reader, "\(path).reason_absent")
                default: try reader.skipValue()
                }
            }
            let values = try JSONReader.required(labels, "\(path).labels")
            let item = definition ?? Self.definition(name, labels: Set(values.keys))
            definition = item
            guard values.count == item.labels.count, item.labels.allSatisfy({ values[$0] != nil }) else {
                throw Rejection(.json, "\(path).labels has other names than the items before")
            }
            let value: Metric.Value
            if let number = try JSONReader.required(number, "\(path).value") {
                value = .number(number)
            } else if let reason {
                value = .absent(reason)
            } else {
                throw Rejection(.json, "\(path).value is null, and \(path).reason_absent does not say why")
            }
            items.append(Metric(item, labels: item.labels.compactMap { values[$0] }, value: value))
        }
        items.sort { $0.precedes($1) }
        for (item, next) in zip(items, items.dropFirst()) where item.labels == next.labels {
            throw Rejection(.json, "\(path) has two items with the same labels")
        }
        return items
    }

    private static func readLabels(
        _ reader: inout JSONReader, _ path: String
    ) throws(Rejection) -> [String: String] {
        var labels: [String: String] = [:]
        try reader.readObject(path) { (reader, name) throws(Rejection) in
            guard isWord(name), labels[name] == nil else {
                throw Rejection(
                    .json,
                    "\(path) has the name \(Rejection.quoted(name)); small letters, digits and underscores were expected, and no name twice"
                )
            }
            labels[name] = try reader.readString("\(path).\(name.prefix(80))")
        }
        guard !labels.isEmpty else { throw Rejection(.json, "\(path) is empty") }
        return labels
    }

    private static func readReason(_ reader: inout JSONReader, _ path: String) throws(Rejection) -> String {
        let reason = try reader.readString(path)
        guard isWord(reason) else {
            throw Rejection(.json, "\(path): a word of small letters, digits and underscores was expected")
        }
        return reason
    }

    /// The metric of the catalogue; for one of a later version, what the message tells of it.
    private static func definition(_ name: String, labels: Set<String>) -> MetricDefinition {
        if let known = MetricCatalogue.definition(named: name), Set(known.labels) == labels { return known }
        return MetricDefinition(
            name: name, kind: name.hasSuffix("_total") ? .counter : .gauge,
            labels: labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    /// Whether text is a small letter and then small letters, digits and underscores.
    private static func isWord(_ text: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        guard let first = text.utf8.first, letters ~= first else { return false }
        return text.utf8.allSatisfy {
            letters ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: "_")
        }
    }
}
