import ContinualInference
import Foundation

extension GoldenCase {
    /// The network that the case's metadata describes.
    func network() throws -> any Module {
        let inputs = try inputShape.channels
        switch module {
        case "Conv1d", "Conv2d", "Conv3d":
            return try convolution()
        case "AvgPool1d":
            return AvgPool1d(
                kernel: try integer("kernel_size"), stride: config["stride"] as? Int,
                padding: try integer("padding", 0))
        case "AvgPool2d":
            return AvgPool2d(
                kernel: extents("kernel_size", 1), stride: stride, padding: extents("padding", 0))
        case "AvgPool3d":
            return AvgPool3d(
                kernel: extents("kernel_size", 1), stride: stride, padding: extents("padding", 0))
        case "MaxPool1d":
            return MaxPool1d(
                kernel: try integer("kernel_size"), stride: config["stride"] as? Int,
                padding: try integer("padding", 0), dilation: try integer("dilation", 1))
        case "MaxPool2d":
            return MaxPool2d(
                kernel: extents("kernel_size", 1), stride: stride, padding: extents("padding", 0),
                dilation: extents("dilation", 1))
        case "MaxPool3d":
            return MaxPool3d(
                kernel: extents("kernel_size", 1), stride: stride, padding: extents("padding", 0),
                dilation: extents("dilation", 1))
        case "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d":
            return AdaptivePool(.average, kernel: try integer("kernel_size"), output: adaptiveOutput)
        case "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d":
            return AdaptivePool(.maximum, kernel: try integer("kernel_size"), output: adaptiveOutput)
        case "Delay": return Delay(try integer("delay"))
        case "Skip": return Skip(try integer("steps"))
        case "Residual": return try residual(inputs)
        case "BroadcastReduce": return try broadcastReduce()
        case "Sequential": return try Self.chain(text("layers"), at: "", self)
        case "RNN", "LSTM", "GRU": return try recurrent(inputs)
        case "SingleOutputMHA":
            return SingleOutputAttention(
                try integer("embed_dim"), heads: try integer("num_heads"),
                tokens: try integer("sequence_len"),
                queryIndex: try integer("query_index", -1), bias: has("w.in_proj_bias"))
        case "RetroactiveMHA":
            return RetroactiveAttention(
                try integer("embed_dim"), heads: try integer("num_heads"),
                tokens: try integer("sequence_len"),
                bias: has("w.in_proj_bias"))
        case "RecyclingPositionalEncoding":
            return RecyclingPositionalEncoding(
                inputs, entries: try integer("num_embeds"), learned: has("w.pe.weight"))
        case "RecyclingPE + TransformerEncoder":
            let width = try integer("d_model")
            return Sequential {
                RecyclingPositionalEncoding(
                    width, entries: (try? integer("num_embeds")) ?? 1, learned: has("w.pe.pe.weight")
                )
                .named("pe")
                TransformerEncoder(
                    width: width, heads: (try? integer("nhead")) ?? 1,
                    hidden: (try? integer("dim_feedforward")) ?? 1,
                    tokens: (try? integer("sequence_len")) ?? 1, layers: (try? integer("num_layers")) ?? 1,
                    activation: text("activation").hasPrefix("gelu") ? .gelu : .relu
                ).named("enc")
            }
        case "LayerNorm over channels, Linear, GELU(erf)":
            let outputs = try weightShape("1.weight")[0]
            return Sequential {
                LayerNorm(inputs).named("0.fn")
                Linear(inputs, outputs)
                Activation.gelu
            }
        case "SE":
            return SqueezeExcitation(
                try integer("dim"), hidden: try integer("fc"),
                window: text("scope") == "clip" ? try integer("window") : 1)
        case "ST block": return try spatioTemporalBlock()
        case "X3D res block":
            return X3DBlock(
                try integer("din"), try integer("dout"), inner: try integer("dinner"),
                stride: try integer("stride"),
                squeezes: config["se"] is String)
        case "X3D tiny":
            let stages = (config["stages"] as? [[Int]] ?? []).map {
                CoX3D.Stage(repetitions: $0[0], width: $0[1], stride: $0[2])
            }
            return CoX3D(
                stem: try integer("c1"), stages: stages, headWidth: try weightShape("head.lin_5.weight")[0],
                classes: try integer("classes"), window: try integer("window"),
                image: try inputShape.spatial[0])
        case "CoST-GCN tiny", "CoST-GCN* tiny":
            return CoSkeleton(
                .graph, widths: config["channels"] as? [Int] ?? [], padding: module.contains("*") ? 0 : 4,
                pool: try integer("pool"), classes: try integer("classes"), coordinates: inputs,
                persons: try integer("skeletons"), graph: try skeleton)
        case "CoOadTR":
            return CoOadTR(
                try integer("blocks") == 1 ? .one : .two, features: try integer("feat"),
                width: try integer("d"),
                heads: try integer("heads"), hidden: try integer("ff"), tokens: try integer("n"),
                classes: try integer("classes"), entries: try integer("num_embeds"))
        case "LRCN tiny":
            return LRCN(
                channels: inputs,
                layers: [
                    .convolution(
                        try weightShape("cnn.fn.conv1.weight")[0],
                        kernel: try weightShape("cnn.fn.conv1.weight")[2], stride: 2),
                    .maximum(kernel: 2, stride: 2),
                    .convolution(
                        try weightShape("cnn.fn.conv2.weight")[0],
                        kernel: try weightShape("cnn.fn.conv2.weight")[2], padding: 1),
                    .mean(side: 2),
                ], features: try weightShape("cnn.fn.fc6.weight")[0], hidden: try integer("lstm"),
                classes: try integer("classes"), softmax: false)
        case let text where text.contains("Parallel("):
            let outputs = try weightShape("1.0.weight")
            return Sequential {
                Broadcast(2)
                Parallel {
                    Conv1d(outputs[1], outputs[0], kernel: outputs[2], padding: outputs[2] / 2)
                    Identity()
                }
                Dispatch([1, 0])
                Parallel {
                    Identity()
                    Conv1d(outputs[1], outputs[0], kernel: outputs[2], padding: outputs[2] / 2)
                }
                Reduce(.maximum)
            }
        default:
            throw GoldenFault("\(name): no network is known for \(module)")
        }
    }

    private var stride: Extents? { config["stride"] == nil ? nil : extents("stride", 1) }
    /// The axes of space of `output_size`, whose first is time.
    private var adaptiveOutput: [Int] { Array((config["output_size"] as? [Int] ?? [1]).dropFirst()) }

    private func convolution() throws -> any Module {
        let (ins, outs) = (try integer("in_channels"), try integer("out_channels"))
        let fill: TemporalFill = text("temporal_fill") == "replicate" ? .replicate : .zeros
        let mode: PaddingMode = text("padding_mode") == "replicate" ? .replicate : .zeros
        let hasBias = has("w.bias")
        switch module {
        case "Conv1d":
            return Conv1d(
                ins, outs, kernel: try integer("kernel_size"), stride: try integer("stride", 1),
                padding: try integer("padding", 0), dilation: try integer("dilation", 1),
                groups: try integer("groups", 1), bias: hasBias, temporalFill: fill)
        case "Conv2d":
            return Conv2d(
                ins, outs, kernel: extents("kernel_size", 1), stride: extents("stride", 1),
                padding: extents("padding", 0), dilation: timeless("dilation"),
                groups: try integer("groups", 1),
                bias: hasBias, temporalFill: fill, paddingMode: mode)
        default:
            return Conv3d(
                ins, outs, kernel: extents("kernel_size", 1), stride: extents("stride", 1),
                padding: extents("padding", 0), dilation: timeless("dilation"),
                groups: try integer("groups", 1),
                bias: hasBias, temporalFill: fill, paddingMode: mode)
        }
    }

    private func timeless(_ key: String) -> Extents { extents(key, 1) }

    private func residual(_ inputs: Int) throws -> any Module {
        let isProduct = text("reduce") == "mul"
        let weight = try weightShape(isProduct ? "1.0.weight" : "1.weight")
        let padding = metadata["padding"] as? Int ?? 0
        let shrink: Residual.Shrink? =
            switch config["residual_shrink"] {
            case let text as String: Residual.Shrink(rawValue: text)
            case let flag as Bool: flag ? .centered : nil
            default: nil
            }
        return Residual(isProduct ? .product : .sum, shrink: shrink) {
            if isProduct {
                Sequential {
                    Conv1d(weight[1], weight[0], kernel: weight[2], padding: padding)
                    Activation.sigmoid
                }
            } else {
                Conv1d(weight[1], weight[0], kernel: weight[2], padding: padding)
            }
        }
    }

    private func broadcastReduce() throws -> any Module {
        let branches = config["branches"] as? [String] ?? []
        let longest =
            branches.map { $0.components(separatedBy: "p").last.flatMap { Int($0) } ?? 0 }.max() ?? 0
        let modules = try branches.enumerated().map { index, text -> any Module in
            let parts = text.components(separatedBy: ",")
            if parts.count == 1 {
                // A branch that is delayed is the first of a chain of two.
                let delayed = (text.components(separatedBy: "p").last.flatMap { Int($0) } ?? 0) < longest
                return try Self.layer(text, at: delayed ? "\(index).0" : "\(index)", self)
            }
            return try Self.chain(text, at: "\(index)", self)
        }
        let reduction: Reduction =
            switch text("reduce") {
            case "concat": .concatenation
            case "mul": .product
            case "max": .maximum
            default: .sum
            }
        return BroadcastReduce(reduction) { modules }
    }

    /// A chain as text: `Conv k5 p2, BN, ReLU, [ReLU, Conv k3 s2], AvgPool k2 s1`.
    private static func chain(_ text: String, at path: String, _ golden: GoldenCase) throws -> Sequential {
        var parts: [String] = []
        var (depth, part) = (0, "")
        for character in text {
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append(part)
                part = ""
            } else {
                part.append(character)
            }
        }
        parts.append(part)
        return Sequential(
            try parts.enumerated().map { index, part in
                let part = part.trimmingCharacters(in: .whitespaces)
                let place = path.isEmpty ? "\(index)" : "\(path).\(index)"
                if part.hasPrefix("[") {
                    return try chain(String(part.dropFirst().dropLast()), at: place, golden)
                }
                return try layer(part, at: place, golden)
            })
    }

    private static func layer(_ text: String, at path: String, _ golden: GoldenCase) throws -> any Module {
        let words = text.trimmingCharacters(in: .whitespaces).components(separatedBy: " ")
        func number(_ letter: String) -> Int? {
            words.dropFirst().first { $0.hasPrefix(letter) }.flatMap { Int($0.dropFirst()) }
        }
        switch words[0].lowercased() {
        case "conv":
            let shape = try golden.weightShape("\(path).weight")
            return Conv1d(
                shape[1], shape[0], kernel: number("k") ?? 1, stride: number("s") ?? 1,
                padding: number("p") ?? 0)
        case "bn": return BatchNorm(try golden.weightShape("\(path).weight")[0])
        case "relu": return Activation.relu
        case "avgpool":
            return AvgPool1d(kernel: number("k") ?? 1, stride: number("s"), padding: number("p") ?? 0)
        default: throw GoldenFault("\(golden.name): the layer \(text) is not known")
        }
    }

    private func recurrent(_ inputs: Int) throws -> any Module {
        let (hidden, layers) = (try integer("hidden_size"), try integer("num_layers", 1))
        switch module {
        case "LSTM": return LSTM(inputs, hidden, layers: layers, projection: config["proj_size"] as? Int)
        case "GRU": return GRU(inputs, hidden, layers: layers)
        default:
            return RNN(
                inputs, hidden, layers: layers, activation: text("nonlinearity") == "relu" ? .relu : .tanh)
        }
    }

    private func spatioTemporalBlock() throws -> any Module {
        let kernel = try integer("kernel", 9)
        let padding = (config["padding"] as? Int) ?? (kernel - 1) / 2
        let spatial: SpatioTemporalBlock.Spatial =
            switch text("graph_conv") {
            case "agcn_mod": .adaptiveGraph
            case "str": .attention
            default: .graph
            }
        return SpatioTemporalBlock(
            spatial, try integer("cin"), try integer("cout"), kernel: kernel,
            stride: try integer("stride", 1), padding: padding, graph: try skeleton)
    }

    /// As many joints as a frame has; the edges are weights of the case.
    private var skeleton: SkeletonGraph {
        get throws { SkeletonGraph(vertices: try inputShape.spatial[0], bones: []) }
    }
}
