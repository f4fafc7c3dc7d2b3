import Foundation
import JSON

extension VectorFile {
    /// The rows of a file with an object in each line.
    static func jsonLines(_ path: String, _ limit: Int) throws -> [Row] {
        var rows: [Row] = []
        try TextLines.read(path, limit: limit) { line, number in
            if isBlank(line) { return }
            do throws(Rejection) {
                rows.append(try row(line, "row-\(rows.count)"))
            } catch {
                throw StateError(
                    "\(path): line \(number) is not {\"x\": [numbers], \"id\": text, \"label\": text}: \(error.message)"
                )
            }
        }
        return rows
    }

    /// Whether a line of a file of JSON says nothing.
    package static func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
        line.allSatisfy { [0x20, 0x09, 0x0d].contains($0) }
    }

    private static func row(
        _ line: UnsafeRawBufferPointer, _ standardID: String
    ) throws(Rejection) -> Row {
        var reader = JSONReader(line)
        var id: String?
        var features: [Float]?
        var label: String?
        var names: Set<String> = []
        try reader.readObject("the line") { (reader, name) throws(Rejection) in
            guard ["id", "x", "label"].contains(name) else { return try reader.skipValue() }
            guard names.insert(name).inserted else {
                throw Rejection(
                    .json, "\(name) comes a second time before byte \(reader.offset); give it once")
            }
            if try reader.readNull() { return }
            switch name {
            case "id": id = try reader.readString(name)
            case "x": features = try reader.readFloats(name)
            default: label = try Self.label(&reader)
            }
        }
        try reader.finish()
        return Row(id: id ?? standardID, features: try JSONReader.required(features, "x"), label: label)
    }

    /// A class: text, or a whole number that stands for its digits.
    private static func label(_ reader: inout JSONReader) throws(Rejection) -> String {
        guard try reader.peek() == .number else { return try reader.readString("label") }
        return String(try reader.readInteger("label"))
    }
}
