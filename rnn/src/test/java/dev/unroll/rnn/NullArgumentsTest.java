package dev.unroll.rnn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.unroll.kernels.Tensor;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Parameters;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.BatchFirst;
import dev.unroll.rnn.data.Frames;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.data.Sequences;
import dev.unroll.rnn.data.Values;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.ConfusionMatrix;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.Evaluation;
import dev.unroll.rnn.model.LanguageModel;
import dev.unroll.rnn.model.Loss;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import dev.unroll.rnn.operator.LayerFactory;
import dev.unroll.rnn.operator.Readout;
import dev.unroll.rnn.optim.Clip;
import dev.unroll.rnn.optim.Sgd;
import dev.unroll.rnn.parallel.LocalExchange;
import dev.unroll.rnn.parallel.SocketExchange;
import dev.unroll.rnn.pytorch.PyTorchCheckpoint;
import dev.unroll.rnn.pytorch.PyTorchNames;
import dev.unroll.rnn.pytorch.PyTorchRun;
import dev.unroll.rnn.spec.Kinds;
import dev.unroll.rnn.spec.LayerSpec;
import dev.unroll.rnn.spec.ModelSpec;
import dev.unroll.rnn.text.Normalization;
import dev.unroll.rnn.text.Tokenizer;
import dev.unroll.rnn.text.Tokens;
import dev.unroll.rnn.text.Vocabulary;
import dev.unroll.rnn.train.Checkpoints;
import dev.unroll.rnn.train.EarlyStopping;
import dev.unroll.rnn.train.Trainer;
import dev.unroll.rnn.train.TrainingListener;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** A null argument is an IllegalArgumentException that names the call and the parameter. */
class NullArgumentsTest {
    private static final Vocabulary VOCABULARY = Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, "ab");

    @Test
    void nullIsRefusedByTheNamesOfCallAndParameter() {
        Map<String, Executable> calls = new LinkedHashMap<>();
        Ids ids = new Ids(1);
        SequenceLayout one = SequenceLayout.of(1, 1);
        calls.put("Ids: ids", () -> new Ids((int[]) null));
        calls.put("Frames: values", () -> new Frames(1, (float[]) null));
        calls.put("SequenceLayout.padded: lengths", () -> SequenceLayout.padded(1, (int[]) null));
        calls.put("Batch: layout", () -> new Batch(null, ids, ids));
        calls.put("Batch: targets", () -> new Batch(one, ids, null));
        calls.put("Sequences: sequences", () -> new Sequences(null));
        calls.put("Frames.sequence: layout", () -> new Frames(1, 1f).sequence(null, 0));
        calls.put("Frames.copyOf: tensors", () -> Frames.copyOf((List<Tensor>) null));
        calls.put("BatchFirst.everyStep: targets", () -> BatchFirst.of(new int[][] {{1}}).everyStep(null));
        calls.put("Examples.batch: examples", () -> BatchFirst.of(new int[][] {{1}}).classes(1).batch((int[]) null));
        calls.put("ConfusionMatrix.of: batch", () -> ConfusionMatrix.of(new Frames(1, 1f), null));
        calls.put("Tokens: ids", () -> new Tokens((int[]) null));
        calls.put("Vocabulary.of: text", () -> Vocabulary.of(Tokenizer.CHARS, Normalization.RAW, null));
        calls.put("Vocabulary.encode: text", () -> VOCABULARY.encode(null));
        calls.put("ModelSpec.parse: text", () -> ModelSpec.parse(null, 1, 1));
        calls.put("ModelSpec.parse: kinds", () -> ModelSpec.parse("rnn:1", 1, 1, null));
        calls.put("NetworkBuilder.of: kinds", () -> NetworkBuilder.of("rnn:1", 1, null));
        calls.put("Kinds.withLayer: maker", () -> Kinds.builtIn().withLayer("a.b", null));
        calls.put("Kinds.withOutput: kind", () -> Kinds.builtIn().withOutput(null, null));
        calls.put("DeepRnn.load: kinds", () -> DeepRnn.load(Path.of("m"), WorkerPool.caller(), null));
        calls.put("LanguageModel.load: kinds", () -> LanguageModel.load(Path.of("m"), WorkerPool.caller(), null));
        calls.put("Loss.named: loss", () -> Loss.named("a", null));
        calls.put("Parameters.save: file", () -> new Parameters().save(null));
        calls.put("Parameters.write: writer", () -> new Parameters().write("a", null));
        calls.put("Parameters.load: file", () -> new Parameters().load(null));
        calls.put("LayerSpec: kind", () -> new LayerSpec(null, List.of(1), Map.of()));
        calls.put("NetworkBuilder.of: spec", () -> NetworkBuilder.of((ModelSpec) null));
        calls.put("NetworkBuilder.of: layers[0]", () -> NetworkBuilder.of(3, (LayerFactory) null));
        calls.put("NetworkBuilder.pool: pool", () -> NetworkBuilder.of("rnn:2", 3).pool(null));
        calls.put("NetworkBuilder.type: type", () -> NetworkBuilder.of("rnn:2", 3).type(null));
        calls.put("Task: loss", () -> new Task(Readout.MEAN, null));
        calls.put("DeepRnn.load: folder", () -> DeepRnn.load(null, WorkerPool.caller()));
        calls.put("LanguageModel.load: pool", () -> LanguageModel.load(Path.of("m"), null));
        calls.put("LocalExchange.of: timeout", () -> LocalExchange.of(1, null));
        calls.put("SocketExchange.listen: own", () -> SocketExchange.listen(null));
        calls.put("PyTorchNames.rename: ours", () -> PyTorchNames.plain().rename("a", null));
        calls.put("PyTorchNames.prefix: module", () -> PyTorchNames.plain().prefix(null));
        calls.put("PyTorchNames.read: file", () -> PyTorchNames.plain().read(null));
        calls.put("PyTorchCheckpoint.open: names", () -> PyTorchCheckpoint.open(Path.of("m"), null));
        calls.put("PyTorchCheckpoint.write: network", () -> PyTorchCheckpoint.write(null, Path.of("m")));
        calls.put("PyTorchRun: network", () -> new PyTorchRun(null));
        calls.put("EarlyStopping: parameters", () -> new EarlyStopping(null));
        calls.put("Trainer: network", () -> new Trainer(null, Task.nextToken(), new Sgd(1), Clip.none()));
        try (DeepRnn network = NetworkBuilder.of("rnn:2", 3).build();
                CarriedState state = network.newState(1);
                Trainer trainer = new Trainer(network, Task.everyStep(Loss.crossEntropy()), new Sgd(1), Clip.none())) {
            calls.put("Trainer: clip", () -> new Trainer(network, new Sgd(1), null));
            calls.put("Trainer.step: batch", () -> trainer.step((Batch) null));
            calls.put("Trainer.schedule: schedule", () -> trainer.schedule(null));
            calls.put("Trainer.fit: batches", () -> trainer.fit(1, null, TrainingListener.NONE));
            calls.put("Trainer.fit: validation", () -> trainer.fit(1, _ -> List.of(), null, TrainingListener.NONE));
            calls.put("Checkpoints.in: trainer", () -> Checkpoints.in(Path.of("c"), null));
            calls.put("Evaluation.of: task", () -> Evaluation.of(network, null, List.of()));
            calls.put("Evaluation.accuracy: network", () -> Evaluation.accuracy(null, Task.nextToken(), List.of()));
            calls.put("Evaluation.confusion: task", () -> Evaluation.confusion(network, null, List.of()));
            calls.put("Evaluation.meanAbsoluteError: batches",
                    () -> Evaluation.meanAbsoluteError(network, Task.nextToken(), null));
            calls.put("SessionBuilder.join: maxWait", () -> network.session().join(1, null));
            calls.put("DeepRnn.states: inputs", () -> network.states(null, one));
            calls.put("DeepRnn.states: layout", () -> network.states(ids, null));
            calls.put("DeepRnn.predict: readout", () -> network.predict(ids, one, null));
            calls.put("DeepRnn.predict: inputs", () -> network.predict(state, (Values) null));
            calls.put("DeepRnn.save: folder", () -> network.save(null));
            calls.put("PyTorchRun.run: output", () -> new PyTorchRun(network).run(Path.of("m"), null));
            calls.put("CarriedState.begin: next", () -> state.begin(null));
            calls.put("LanguageModel: vocabulary", () -> new LanguageModel(network, null));
            calls.forEach((name, call) -> assertEquals(
                    name + " is null", assertThrows(IllegalArgumentException.class, call, name).getMessage()));
        }
    }
}
