"""What generated PyTorch code brings along: the functions of `kernels.numpy` written for PyTorch, same names.

They work under `torch.func.vmap` and on any device: new tensors take type and device from what is given.
"""
