package dev.unroll.bench.spark;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What all workers are told, through Spark's own connections.
 *
 * @param arguments of {@code unroll train}, without those below
 * @param checkpoints arguments about checkpoints, for a folder that all workers see
 * @param resumes whether they go on from the last checkpoint there
 * @param hasThreads whether the arguments give a number of threads
 * @param out the folder of the model on the driver's machine
 * @param marker the name of a file in it, by which a worker knows that it sees the same folder
 * @param writesJson whether results are wanted
 * @param files the names under which Spark keeps the files of the data, by those in the arguments
 * @param secret that workers prove to each other
 * @param timeout of workers that wait for one another
 */
record Assignment(
        List<String> arguments, List<String> checkpoints, boolean resumes, boolean hasThreads, String out,
        String marker,
        boolean writesJson, Map<String, String> files, byte[] secret, Duration timeout) implements Serializable {}
