package dev.unroll.bench.peers;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * ONNX Runtime by its own Java API, which is called by reflection, since its jar is there only where it was fetched. It
 * predicts; it does not train. Ids come to it as one-hot rows that were made beforehand.
 */
final class OnnxRuntime implements Peer {
    private final URLClassLoader loader;
    private final Object environment;
    private final String version;

    /**
     * Loads it.
     *
     * @param jar of onnxruntime
     * @throws IllegalStateException with the reason, if it cannot be loaded
     */
    OnnxRuntime(Path jar) {
        try {
            loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
            environment = call(type("OrtEnvironment"), "getEnvironment");
            version = (String) call(environment, "getVersion");
        } catch (IOException | ReflectiveOperationException e) {
            throw failed(e);
        }
    }

    private Class<?> type(String name) throws ClassNotFoundException {
        return loader.loadClass("ai.onnxruntime." + name);
    }

    /** Calls a method of an object or a class, the first one that takes the arguments. */
    private static Object call(Object target, String name, Object... arguments) throws ReflectiveOperationException {
        Class<?> type = target instanceof Class<?> c ? c : target.getClass();
        for (Method method : type.getMethods()) {
            if (method.getName().equals(name) && takes(method.getParameterTypes(), arguments)) {
                return method.invoke(target, arguments);
            }
        }
        throw new NoSuchMethodException(type + "." + name);
    }

    private static boolean takes(Class<?>[] parameters, Object... arguments) {
        boolean takes = parameters.length == arguments.length;
        for (int i = 0; takes && i < arguments.length; i++) {
            takes = parameters[i].isInstance(arguments[i])
                    || parameters[i] == int.class && arguments[i] instanceof Integer;
        }
        return takes;
    }

    @Override
    public String name() {
        return "ONNX Runtime";
    }

    @Override
    public String version() {
        return "onnxruntime " + version;
    }

    @Override
    public Optional<Contestant> enter(Work work, Inputs inputs, int threads) {
        boolean knows = work instanceof Work.Network network && !network.trains()
                && !network.cell().equals("dts") && !network.embedded();
        if (!knows) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Run((Work.Network) work, inputs, threads).contestant(inputs));
        } catch (IOException | ReflectiveOperationException e) {
            throw failed(e);
        }
    }

    /** One model, run again and again; the states of single steps go from run to run without a copy. */
    private final class Run {
        private final Object session;
        private final List<String> states;
        private final Map<String, Object> arguments = new HashMap<>();
        private final float[] output;
        private final Method run = type("OrtSession").getMethod("run", Map.class);
        private final Method get = type("OrtSession$Result").getMethod("get", String.class);
        private final Method buffer = type("OnnxTensor").getMethod("getFloatBuffer");
        private AutoCloseable last;

        Run(Work.Network work, Inputs inputs, int threads) throws IOException, ReflectiveOperationException {
            OnnxModel model = new OnnxModel(work);
            Object options = type("OrtSession$SessionOptions").getConstructor().newInstance();
            call(options, "setIntraOpNumThreads", threads);
            call(options, "setInterOpNumThreads", 1);
            session = call(environment, "createSession", model.toBytes(), options);
            states = model.states();
            arguments.put("x", tensor(rows(work, inputs), work.steps(), work.batch(), work.inputs()));
            for (String state : states) {
                float[] zeros = new float[work.batch() * work.hidden()];
                arguments.put(state, tensor(zeros, 1, work.batch(), work.hidden()));
            }
            int columns = work.use() == Work.Use.STEP ? work.hidden() : work.inputs();
            output = new float[(int) work.elements() * columns];
            run();
        }

        Contestant contestant(Inputs inputs) {
            return Contestant.of(this::run, inputs.tensor(output), () -> last.close(), (AutoCloseable) session);
        }

        private Object tensor(float[] values, long... shape) throws ReflectiveOperationException {
            return call(type("OnnxTensor"), "createTensor", environment, FloatBuffer.wrap(values), shape);
        }

        private void run() {
            try {
                AutoCloseable result = (AutoCloseable) run.invoke(session, arguments);
                FloatBuffer y = (FloatBuffer) buffer.invoke(value(result, "y"));
                y.get(output);
                for (String state : states) {
                    arguments.put(state, value(result, "next_" + state));
                }
                if (last != null) {
                    last.close();
                }
                last = result;
            } catch (Exception e) {
                throw failed(e);
            }
        }

        private Object value(Object result, String name) throws ReflectiveOperationException {
            return ((Optional<?>) get.invoke(result, name)).orElseThrow();
        }
    }

    private static float[] rows(Work.Network work, Inputs inputs) {
        if (work.readsFrames()) {
            return inputs.a().tensor().toFloats();
        }
        int[] ids = Networks.ids(inputs.a(), work.inputs());
        float[] rows = new float[ids.length * work.inputs()];
        for (int i = 0; i < ids.length; i++) {
            rows[i * work.inputs() + ids[i]] = 1;
        }
        return rows;
    }

    private static IllegalStateException failed(Exception e) {
        Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
        return new IllegalStateException("ONNX Runtime: " + cause.getMessage(), cause);
    }

    @Override
    public void close() {
        try {
            loader.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
