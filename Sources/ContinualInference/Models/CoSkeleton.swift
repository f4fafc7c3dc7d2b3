/// A continual network on skeletons: frames `[coordinates][joints][persons]` in, scores of classes out
/// (Hedegaard, Heidari and Iosifidis, "Continual Spatio-Temporal Graph Convolutional Networks", 2022).
///
/// CoST-GCN, CoA-GCN and CoS-TR by ``Kind``; those marked `*` have neither stride nor padding in time.
/// Weights `data_bn`, `layers.layer1.gcn…`, `layers.layer2.0.1.tcn…`, `fc` as published.
public struct CoSkeleton: ComposedModule {
    /// What goes over the joints.
    public enum Kind: String, Sendable, CaseIterable {
        /// Graph convolutions (ST-GCN, Yan et al. 2018).
        case graph
        /// Graph convolutions that adapt to the frame (2s-AGCN, Shi et al. 2019), as the continual network
        /// has them.
        case adaptive
        /// Graph convolutions, then from the fourth block on joints that attend to each other (S-TR, Plizzari
        /// et al. 2021).
        case attention

        func spatial(_ block: Int) -> SpatioTemporalBlock.Spatial {
            switch self {
            case .graph: .graph
            case .adaptive: .adaptiveGraph
            case .attention: block < 3 ? .graph : .attention
            }
        }
    }

    /// The widths of the published networks' blocks.
    public static let publishedWidths = [64, 64, 64, 64, 128, 128, 128, 256, 256, 256]

    let network: Sequential

    /// A published network for clips of a length.
    ///
    /// - Parameters:
    ///   - isRegular: whether there is neither stride nor padding in time (the networks marked `*`).
    ///   - clip: the frames of the clips that the ordinary network was trained on; the pool covers what is left of
    ///     them.
    ///   - withoutHead: whether to end with the 256 features before the last linear layer.
    public init(
        _ kind: Kind, isRegular: Bool, classes: Int = 60, coordinates: Int = 3, persons: Int = 2,
        graph: SkeletonGraph = .ntu, clip: Int = 300, withoutHead: Bool = false
    ) {
        let widths = Self.publishedWidths
        let strides = widths.indices.map { !isRegular && $0 > 0 && widths[$0] != widths[$0 - 1] ? 2 : 1 }
        let padding = isRegular ? 0 : 4
        let timing = strides.reduce(Timing()) {
            $0.then(Timing(receptiveField: 9, padding: padding, stride: $1))
        }
        func outputs(_ padding: Int) -> Int {
            (clip - timing.receptiveField + padding + timing.stride) / timing.stride
        }
        // Short of a clip that reaches beyond the blocks' receptive field there is nothing to pool.
        let pool = max(1, outputs(2 * timing.padding))
        self.init(
            kind, widths: widths, strides: strides, padding: padding, pool: pool,
            poolPadding: max(0, pool - max(0, outputs(timing.padding))), classes: classes,
            coordinates: coordinates, persons: persons, graph: graph, withoutHead: withoutHead)
    }

    /// A network.
    ///
    /// - Parameters:
    ///   - widths: of the blocks, the first of which has no residual.
    ///   - strides: in time, of each block; 1 if not given.
    ///   - padding: in time, of each block; 4 keeps the length of clips.
    ///   - pool: the frames that the mean is taken of.
    ///   - poolPadding: its padding.
    ///   - withoutHead: whether to end with the features before the last linear layer.
    public init(
        _ kind: Kind, widths: [Int], strides: [Int]? = nil, padding: Int, pool: Int, poolPadding: Int = 0,
        classes: Int, coordinates: Int = 3, persons: Int = 2, graph: SkeletonGraph = .ntu,
        withoutHead: Bool = false
    ) {
        let strides = strides ?? widths.map { _ in 1 }
        network = Sequential {
            SkeletonInput(coordinates: coordinates, vertices: graph.vertices, persons: persons).named("")
            Sequential {
                for (index, width) in widths.enumerated() {
                    SpatioTemporalBlock(
                        kind.spatial(index), index == 0 ? coordinates : widths[index - 1], width,
                        stride: strides[index], padding: padding, residual: index > 0, graph: graph
                    ).named("layer\(index + 1)")
                }
            }.named("layers")
            // Persons and joints are averaged with equal weights, at once.
            AvgPool3d(kernel: [1, persons, graph.vertices], stride: 1)
            Squeeze()
            AvgPool1d(kernel: pool, stride: 1, padding: poolPadding)
            if !withoutHead { Linear(widths.last ?? coordinates, classes).named("fc") }
        }
    }
}
