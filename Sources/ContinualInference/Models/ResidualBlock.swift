/// What the blocks of the residual video networks share: a branch beside the input, or beside a 1x1x1
/// convolution of it where width or stride change, and a rectifier.
///
/// Weights as the published containers have them: `0.1.branch2…`, `0.0.0.branch1`, `0.0.0.branch1_bn`. A
/// shortcut that needs no delay is not wrapped with one, so it is `0.0.branch1` there.
struct ResidualBlock: ComposedModule {
    let network: Sequential

    init(_ inputs: Int, _ outputs: Int, stride: Int, @ModuleList _ branch: () -> [any Module]) {
        let main = Sequential(branch()).named("1.branch2")
        let shortcut = Sequential {
            Conv3d(inputs, outputs, kernel: 1, stride: [1, stride, stride], bias: false).named("branch1")
            BatchNorm(outputs).named("branch1_bn")
        }.named(main.timing.delay > 0 ? "0.0" : "0")
        network = Sequential {
            BroadcastReduce {
                if inputs == outputs, stride == 1 { Delay(main.timing.delay) } else { shortcut }
                main
            }
            Activation.relu
        }
    }
}
