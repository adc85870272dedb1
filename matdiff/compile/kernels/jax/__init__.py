"""What generated JAX code brings along: the functions of `kernels.numpy` written for JAX, under the same names.

They can be traced: no value decides what happens, only shapes.
"""
