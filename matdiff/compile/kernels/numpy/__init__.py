"""What generated NumPy code brings along: only the functions it calls are copied, with their imports.

Every function stands alone but for others of this package.  Matrices are 2-D arrays.  LAPACK is called directly: it
wants columns in memory one after the other, and a C-ordered matrix is the transpose of such a one.
"""
