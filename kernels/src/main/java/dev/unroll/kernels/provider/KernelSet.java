package dev.unroll.kernels.provider;

/** One implementation of every kernel family, for one element type. */
public record KernelSet(
        GemmKernel gemm,
        ElementwiseKernel elementwise,
        ActivationKernel activation,
        ReductionKernel reduction,
        ExtremaKernel extrema,
        OptimizerKernel optimizer,
        RnnKernel rnn,
        LstmKernel lstm,
        GruKernel gru,
        ResetBeforeGruKernel resetBeforeGru,
        MaxoutKernel maxout,
        LpKernel lp,
        LayerNormKernel layerNorm,
        SoftmaxKernel softmax,
        BinaryCrossEntropyKernel binaryCrossEntropy,
        HuberKernel huber,
        DropoutKernel dropout,
        NoiseKernel noise,
        EmbeddingKernel embedding) {}
