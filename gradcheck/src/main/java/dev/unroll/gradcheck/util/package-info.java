/** Arithmetic on arrays and checks of arguments, which all other packages of this module use. Not exported. */
package dev.unroll.gradcheck.util;
