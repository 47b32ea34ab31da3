package dev.unroll.rnn.model;

import static dev.unroll.rnn.model.LayerOption.BIAS;
import static dev.unroll.rnn.model.LayerOption.BIDIRECTIONAL;
import static dev.unroll.rnn.model.LayerOption.DROPOUT;
import static dev.unroll.rnn.model.LayerOption.F;
import static dev.unroll.rnn.model.LayerOption.FORGET;
import static dev.unroll.rnn.model.LayerOption.GATES;
import static dev.unroll.rnn.model.LayerOption.LEARNED;
import static dev.unroll.rnn.model.LayerOption.LP;
import static dev.unroll.rnn.model.LayerOption.MAXOUT;
import static dev.unroll.rnn.model.LayerOption.PROJECTION;
import static dev.unroll.rnn.model.LayerOption.RESET;
import static dev.unroll.rnn.model.LayerOption.RESIDUAL;
import static dev.unroll.rnn.model.LayerOption.SHORTCUTS;
import static dev.unroll.rnn.model.LayerOption.VARIATIONAL;
import static dev.unroll.rnn.model.LayerOption.ZONEOUT;
