import ContinualInference
import Foundation
import Tensors

/// One reference case: a network's weights, an input, and what a double-precision run gave.
struct GoldenCase: CustomStringConvertible {
    let name: String
    let config: [String: Any]
    let metadata: [String: Any]
    private let file: Safetensors

    var description: String { name }

    /// The folder of cases: the one that `WEIR_GOLDEN_CONTINUAL` names, or the fixtures.
    static var folder: URL {
        if let path = ProcessInfo.processInfo.environment["WEIR_GOLDEN_CONTINUAL"] {
            return URL(fileURLWithPath: path)
        }
        return Bundle.module.bundleURL.appendingPathComponent("Fixtures")
    }

    /// The names of all cases.
    static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".safetensors") }.map { String($0.dropLast(12)) }.sorted()
    }

    init(_ name: String) throws {
        self.name = name
        file = try Safetensors(path: Self.folder.appendingPathComponent("\(name).safetensors").path)
        let json = try JSONSerialization.jsonObject(with: Data((file.metadata["json"] ?? "{}").utf8))
        metadata = json as? [String: Any] ?? [:]
        config = metadata["config"] as? [String: Any] ?? [:]
    }

    var weights: WeightSource { .file(file, prefix: "w.") }
    var module: String { config["module"] as? String ?? "" }

    func has(_ tensor: String) -> Bool { file.tensors[tensor] != nil }
    func shape(_ tensor: String) throws -> [Int] { try file.tensor(tensor).shape }
    func floats(_ tensor: String) throws -> [Float] { try file.tensor(tensor).floats() }
    func integer(_ key: String, _ fallback: Int? = nil) throws -> Int {
        if let value = config[key] as? Int { return value }
        guard let fallback else { throw GoldenFault("\(name): config has no \(key)") }
        return fallback
    }
    func extents(_ key: String, _ fallback: Int) -> Extents {
        if let list = config[key] as? [Int] { return Extents(list) }
        return Extents(config[key] as? Int ?? fallback)
    }
    func text(_ key: String) -> String { config[key] as? String ?? "" }

    /// The first extents of the weights that begin with a name: to build networks whose text gives no widths.
    func weightShape(_ name: String) throws -> [Int] { try shape("w.\(name)") }

    /// How far an output may lie from the reference: the README's rule.
    var tolerance: Float {
        let scale = (metadata["scale"] as? Double) ?? Double(outputScale)
        let single = (metadata["torch_fp32_maxabs"] as? Double) ?? 0
        return Float(max(1e-6 * scale, 4 * single, 1e-6))
    }

    private var outputScale: Float {
        (try? floats("steps").reduce(Float(0)) { max($0, abs($1)) }) ?? 1
    }

    // MARK: Sequences

    /// The frames of one row of a tensor `(B, C, T, spatial…)`, each `[C][spatial…]`.
    func frames(_ tensor: String, row: Int) throws -> [[Float]] {
        let shape = try shape(tensor)
        let values = try floats(tensor)
        let (channels, frames) = (shape[1], shape.count > 2 ? shape[2] : 1)
        let space = shape.dropFirst(3).reduce(1, *)
        return (0..<frames).map { frame in
            (0..<channels).flatMap { channel in
                let start = ((row * channels + channel) * frames + frame) * space
                return values[start..<(start + space)]
            }
        }
    }

    /// The outputs of one row of `steps` (`[n, B, …]`).
    func steps(row: Int) throws -> [[Float]] {
        let shape = try shape("steps")
        let values = try floats("steps")
        let width = shape.dropFirst(2).reduce(1, *)
        return (0..<shape[0]).map { step in
            let start = (step * shape[1] + row) * width
            return Array(values[start..<(start + width)])
        }
    }

    var rows: Int { get throws { try shape("input")[0] } }
    var inputShape: FrameShape {
        get throws {
            let shape = try shape("input")
            return FrameShape(shape[1], Array(shape.dropFirst(3)))
        }
    }
    /// For each step whether it gives an output.
    var valid: [Bool] { get throws { try file.tensor("step_valid").integers()?.map { $0 != 0 } ?? [] } }
}

struct GoldenFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
