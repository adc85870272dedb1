% What generated MATLAB code brings along, continued: functions of whole matrices.

function out = sinm(a)
    % The sine of a real matrix.
    out = imag(expm(1i * a));
end

function out = cosm(a)
    % The cosine of a real matrix.
    out = real(expm(1i * a));
end

function out = real_function(f, a)
    % A function of a real matrix, where the result is real.
    out = f(a);
    if max(abs(imag(out(:)))) > 1e-10 * max(1, max(abs(out(:))))
        error('matdiff:complex', '%s is not real at this matrix', func2str(f));
    end
    out = real(out);
end

function out = frechet(x, e, f)
    % The Frechet derivative of f at X in direction E: the upper right block of f([X, E; 0, X]).
    n = size(x, 1);
    whole = real_function(f, [x, e; zeros(n), x]);
    out = whole(1:n, n + (1:n));
end

function out = frechet_matrix(x, f)
    % K with vec of the Frechet derivative in direction E equal to K vec(E).
    n = size(x, 1);
    out = zeros(n * n);
    for j = 1:n * n
        out(:, j) = reshape(frechet(x, reshape(unit(j, n * n), n, n), f), [], 1);
    end
end

function out = adjugate(a)
    % det(A) inv(A), by minors: also of a singular matrix.
    n = size(a, 1);
    out = ones(n);
    for i = 1:n
        for j = 1:n
            minor = a;
            minor(i, :) = [];
            minor(:, j) = [];
            out(j, i) = (-1)^(i + j) * det(minor);
        end
    end
end

function values = symmetric_eigenvalues(a)
    % The eigenvalues of the symmetric part, in ascending order.
    values = sort(eig((a + a') / 2));
end

function v = extreme_eigenvector(a, largest)
    % The unit eigenvector of the largest or smallest eigenvalue, its largest entry positive.
    [values, vectors] = symmetric_eigen(a);
    if largest
        v = vectors(:, numel(values));
    else
        v = vectors(:, 1);
    end
    [~, at] = max(abs(v));
    v = v * sign(v(at));
end

function v = singular_vector(a, right)
    % The left or right singular vector of the largest singular value; the left one's largest entry is positive.
    [u, ~, w] = svd(a, 'econ');
    [~, at] = max(abs(u(:, 1)));
    if right
        v = w(:, 1) * sign(u(at, 1));
    else
        v = u(:, 1) * sign(u(at, 1));
    end
end

function out = polar(a)
    % U V' of the singular value decomposition.
    [u, ~, v] = svd(a, 'econ');
    out = u * v';
end

function out = kronecker_term(x, k, p, q, right)
    % F_k or G_k of X = sum of kron(F_k, G_k) with G_k p x q (Van Loan & Pitsianis 1993).
    m = size(x, 1) / p;
    n = size(x, 2) / q;
    parts = permute(reshape(x, p, m, q, n), [2, 4, 1, 3]);
    [u, s, v] = svd(reshape(parts, m * n, p * q), 'econ');
    if right
        out = reshape(v(:, k), p, q);
    else
        out = reshape(s(k, k) * u(:, k), m, n);
    end
end

function out = svd_term(h, k, right)
    % w_k (with its singular value) or v_k of H = sum of w_k v_k'.
    [u, s, v] = svd(h, 'econ');
    if right
        out = v(:, k);
    else
        out = s(k, k) * u(:, k);
    end
end
