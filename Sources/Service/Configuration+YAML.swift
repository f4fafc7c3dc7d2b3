import Foundation
import Memory
import Yams

extension Configuration {
    /// Reads a YAML file.
    ///
    /// - Parameters:
    ///   - environment: the values of `${NAME}` in any text, so that secrets need not stand in the file.
    /// - Throws: ``ConfigurationError`` that names the file, the setting and what to do.
    public init(file path: String, environment: [String: String]) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError("\(path) cannot be read: there is no such file, or no right to read it")
        }
        do {
            try self.init(yaml: String(decoding: data, as: UTF8.self), environment: environment)
        } catch {
            throw ConfigurationError("\(path): \(error)")
        }
    }

    /// Reads YAML text and completes it.
    ///
    /// - Throws: ``ConfigurationError``, or the error of the part that a setting belongs to.
    public init(yaml: String, environment: [String: String]) throws {
        let loaded: Any?
        do {
            loaded = try Yams.load(yaml: yaml)
        } catch {
            throw ConfigurationError("this is not YAML: \(error)")
        }
        guard let given = (loaded ?? [String: Any]()) as? [String: Any] else {
            throw ConfigurationError("the file must hold settings as `name: value`")
        }
        let hasFrames = (given["frames"] as? [String: Any])?["weights"] != nil
        for required in ["stream", "brokers", "dimension"] where given[required] == nil {
            // The network gives it.
            if required == "dimension", hasFrames { continue }
            throw ConfigurationError(
                "\(required) is missing; stream, brokers and dimension (or frames.weights) have no default. `weir config --example` prints a file to begin with"
            )
        }
        let defaults =
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(Configuration())) as? [String: Any]
            ?? [:]
        let merged = try Self.merge(given, into: defaults, path: "", environment: environment)
        do {
            self = try JSONDecoder().decode(
                Configuration.self, from: JSONSerialization.data(withJSONObject: merged))
        } catch let error as DecodingError {
            throw ConfigurationError(Self.explain(error, in: merged, defaults: defaults))
        }
        self = try completed()
    }

    /// The defaults overlaid by what is given; names that do not exist are refused.
    private static func merge(
        _ given: [String: Any], into defaults: [String: Any], path: String, environment: [String: String]
    ) throws -> [String: Any] {
        var result = defaults
        for (name, value) in given {
            let full = path.isEmpty ? name : "\(path).\(name)"
            if path == "kafka" {
                result[name] = try substitute("\(value)", full, environment)
                continue
            }
            guard let known = defaults[name] else {
                let nearest = defaults.keys.min { ($0.distance(to: name), $0) < ($1.distance(to: name), $1) }
                throw ConfigurationError(
                    "there is no setting \(full); did you mean \(path.isEmpty ? "" : path + ".")\(nearest ?? "")?"
                )
            }
            if let section = known as? [String: Any] {
                if value is NSNull { continue }
                guard let values = value as? [String: Any] else {
                    throw ConfigurationError("\(full) is a section; its settings stand below it, indented")
                }
                result[name] = try merge(values, into: section, path: full, environment: environment)
            } else if let text = value as? String {
                result[name] = try substitute(text, full, environment)
            } else if value is NSNull {
                throw ConfigurationError("\(full) has no value; give one or leave the line out")
            } else {
                result[name] = value
            }
        }
        return result
    }

    /// Puts the value of an environment variable in the place of each `${NAME}`.
    private static func substitute(_ text: String, _ path: String, _ environment: [String: String]) throws
        -> String
    {
        var result = ""
        var rest = text[...]
        while let start = rest.range(of: "${") {
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw ConfigurationError("\(path) has a ${ without its }")
            }
            let name = String(rest[start.upperBound..<end])
            guard let value = environment[name] else {
                throw ConfigurationError("\(path) wants the environment variable \(name), which is not set")
            }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// Says which setting is wrong. Not every error of the decoder says where it was, so the settings are tried
    /// one by one over the defaults until one fails.
    private static func explain(_ error: DecodingError, in given: [String: Any], defaults: [String: Any])
        -> String
    {
        func leaves(_ section: [String: Any], _ path: [String]) -> [[String]] {
            section.keys.sorted().flatMap { name in
                (section[name] as? [String: Any]).map { leaves($0, path + [name]) } ?? [path + [name]]
            }
        }
        func setting(_ path: ArraySlice<String>, from source: Any?, in target: [String: Any]) -> [String: Any]
        {
            guard let name = path.first, let value = (source as? [String: Any])?[name] else { return target }
            var result = target
            result[name] =
                path.count == 1
                ? value : setting(path.dropFirst(), from: value, in: target[name] as? [String: Any] ?? [:])
            return result
        }
        for path in leaves(given, []) {
            do {
                let single = setting(path[...], from: given, in: defaults)
                _ = try JSONDecoder().decode(
                    Configuration.self, from: JSONSerialization.data(withJSONObject: single))
            } catch DecodingError.typeMismatch(let type, _) {
                return "\(path.joined(separator: ".")) must be \(article(type))"
            } catch {
                return
                    "\(path.joined(separator: ".")) has a value that it cannot have\(choices[path.last ?? ""].map { "; one of \($0)" } ?? "; a whole number is wanted")"
            }
        }
        return "\(error)"
    }

    private static func article(_ type: any Any.Type) -> String {
        switch type {
        case is Int.Type, is UInt64.Type: "a whole number"
        case is Double.Type: "a number"
        case is Bool.Type: "true or false"
        case is String.Type: "text"
        default: "\(type)"
        }
    }

    private static let choices = [
        "start": list(Start.self), "format": list(Format.self),
        "split": list(BottleneckConfiguration.Split.self),
        "keyMethod": list(BottleneckConfiguration.KeyMethod.self),
        "readout": list(BottleneckConfiguration.ReadoutRule.self),
        "experts": list(ExpertKind.self) + ", or several, in brackets",
        "metric": list(ClassMeans.Metric.self),
        "answers": list(Answers.self), "gaps": list(Gaps.self),
    ]

    private static func list<Choice: CaseIterable & RawRepresentable>(_: Choice.Type) -> String
    where Choice.RawValue == String {
        Choice.allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// The whole configuration as YAML, secrets hidden.
    public func yaml() throws -> String {
        try YAMLEncoder().encode(withoutSecrets)
    }

    /// Whether a property holds what nobody should see.
    public static func isSecret(_ property: String) -> Bool {
        let name = property.lowercased()
        return ["password", "secret", "token", "pem", "sasl.jaas", "credential", "oauthbearer.config"]
            .contains { name.contains($0) }
    }
}

extension Configuration {
    /// The whole configuration as JSON, secrets hidden.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(withoutSecrets), as: UTF8.self)
    }

    private var withoutSecrets: Configuration {
        var shown = self
        for name in shown.kafka.keys where Self.isSecret(name) { shown.kafka[name] = "********" }
        return shown
    }
}
