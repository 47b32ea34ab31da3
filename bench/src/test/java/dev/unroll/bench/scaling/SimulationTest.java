package dev.unroll.bench.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SimulationTest {
    private static final UpdateCost COST = new UpdateCost(80_000_000, 1e9, 1e-3, 10e9);

    @Test
    void oneWorkerExchangesNothing() {
        assertEquals(0, COST.bytesSent(1));
        assertEquals(0, COST.seconds(1));
        assertEquals(1, new Simulation(new double[] {0.1, 0.2}, COST).efficiency(1));
    }

    @Test
    void everyWorkerSendsItsPartOfTheGradientsTwiceAndAddsIt() {
        assertEquals(80e6, COST.bytesSent(2), 1);
        assertEquals(120e6, COST.bytesSent(4), 1);
        assertEquals(3e-3 + 80e6 / 1e9 + 160e6 / 10e9, COST.seconds(2), 1e-12);
        assertEquals(3e-3 + 140e6 / 1e9 + 160e6 / 10e9, COST.seconds(8), 1e-12);
    }

    @Test
    void allWaitForTheSlowest() {
        UpdateCost free = new UpdateCost(0, 1, 0, 1);
        Simulation simulation = new Simulation(new double[] {1, 1, 1, 5}, free);
        assertEquals(2, simulation.seconds(1), 0.2); // the mean, of 1,000 draws with a deviation of 1.7
        assertEquals(1 + 4 * (1 - Math.pow(0.75, 8)), simulation.seconds(8), 0.2);
        assertTrue(simulation.efficiency(8) < simulation.efficiency(2));
        assertEquals(3, new Simulation(new double[] {3}, free).seconds(256), 1e-9);
    }
}
