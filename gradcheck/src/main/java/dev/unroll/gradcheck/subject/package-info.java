/**
 * The subjects of checks, each seen as a function of some arrays with the gradient that it claims: functions on a tape
 * (ops and kernel pairs among them) with the parameters they use, and plain functions. A subject also finds its faults
 * besides the size of gradients. Not exported; knows the findings and the inputs.
 */
package dev.unroll.gradcheck.subject;
